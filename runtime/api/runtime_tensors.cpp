// SPDX-License-Identifier: Apache-2.0
// Bindings and tensor descriptions of the runtime.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "runtime/api/runtime.hpp"
#include "runtime/api/tensor_desc.hpp"
#include "runtime/image/tensor_layout.hpp"

namespace dla::runtime {
namespace {

const char* name_of(MemoryFlag direction) {
    return direction == kMemoryInput ? "input" : "output";
}

// Only strides and the buffer size may differ from what the loadable says.
std::string shape_change(const Tensor& old, const Tensor& wanted) {
    if (old.n != wanted.n || old.c != wanted.c || old.h != wanted.h || old.w != wanted.w) {
        return "its dimensions cannot be changed";
    }
    if (old.data_format != wanted.data_format || old.data_type != wanted.data_type ||
        old.data_category != wanted.data_category || old.pixel_format != wanted.pixel_format ||
        old.pixel_mapping != wanted.pixel_mapping) {
        return "its format cannot be changed";
    }
    if (old.stride[0] != wanted.stride[0]) return "its element stride cannot be changed";
    return {};
}

std::string stride_problem(const Tensor& tensor) {
    const auto layout = layout_of(tensor);
    if (!layout) return layout.error().message;
    const std::size_t line = layout->pixel_bytes * static_cast<std::size_t>(tensor.w);
    if (tensor.h > 1 && tensor.stride[1] < line) {
        return fmt::format("its line stride is {}, a line has {} bytes", tensor.stride[1], line);
    }
    return layout->outside(static_cast<unsigned>(tensor.w), static_cast<unsigned>(tensor.h),
                           std::min(static_cast<unsigned>(tensor.c), layout->max_channels),
                           tensor.size);
}

}  // namespace

NvDlaTensor to_api(const Tensor& tensor) {
    NvDlaTensor desc{};
    const std::size_t length =
        std::min<std::size_t>(tensor.name.size(), NVDLA_RUNTIME_TENSOR_DESC_NAME_MAX_LEN);
    std::memcpy(desc.name, tensor.name.data(), length);
    desc.bufferSize = tensor.size;
    desc.dims = {tensor.n, tensor.c, tensor.h, tensor.w};
    desc.dataFormat = static_cast<NvU8>(tensor.data_format);
    desc.dataType = static_cast<NvU8>(tensor.data_type);
    desc.dataCategory = static_cast<NvU8>(tensor.data_category);
    desc.pixelFormat = tensor.pixel_format;
    desc.pixelMapping = tensor.pixel_mapping;
    std::copy(tensor.stride.begin(), tensor.stride.end(), desc.stride);
    return desc;
}

Tensor from_api(const NvDlaTensor& desc) {
    Tensor tensor;
    tensor.name.assign(desc.name, strnlen(desc.name, NVDLA_RUNTIME_TENSOR_DESC_NAME_MAX_LEN));
    tensor.size = desc.bufferSize;
    tensor.data_format = static_cast<DataFormat>(desc.dataFormat);
    tensor.data_type = static_cast<DataType>(desc.dataType);
    tensor.data_category = static_cast<DataCategory>(desc.dataCategory);
    tensor.pixel_format = desc.pixelFormat;
    tensor.pixel_mapping = desc.pixelMapping;
    tensor.n = desc.dims.n;
    tensor.c = desc.dims.c;
    tensor.h = desc.dims.h;
    tensor.w = desc.dims.w;
    std::copy(std::begin(desc.stride), std::end(desc.stride), tensor.stride.begin());
    return tensor;
}

Result<std::size_t> Runtime::bindable(MemoryFlag direction, int index) const {
    if (!loadable_) return fail("no loadable is loaded; load() comes first");
    const auto memories = bindable_memories(*loadable_, direction);
    if (index < 0 || static_cast<std::size_t>(index) >= memories.size()) {
        return fail(fmt::format("{} tensor {} was asked for, the loadable has {}",
                                name_of(direction), index, memories.size()));
    }
    return memories[static_cast<std::size_t>(index)];
}

const Tensor* Runtime::tensor(MemoryFlag direction, int index) const {
    const auto memory = bindable(direction, index);
    return memory ? &loadable_->tensors[loadable_->memories[*memory].tensor_desc_id] : nullptr;
}

Result<void> Runtime::bind(MemoryFlag direction, int index, void* handle) {
    const auto memory = bindable(direction, index);
    if (!memory) return tl::unexpected(memory.error());
    const auto found = applications_.find(handle);
    if (found == applications_.end()) {
        return fail(fmt::format("{} tensor {}: the handle is not from allocateSystemMemory",
                                name_of(direction), index));
    }
    const Tensor& tensor = loadable_->tensors[loadable_->memories[*memory].tensor_desc_id];
    if (found->second.size < tensor.size) {
        return fail(fmt::format("{} tensor {} needs {} bytes, the memory has {}",
                                name_of(direction), index, tensor.size, found->second.size));
    }
    bound_[*memory] = {.memory = found->second, .owned = false};
    return {};
}

bool Runtime::bindInputTensor(int index, void* handle) {
    return report(bind(kMemoryInput, index, handle));
}

bool Runtime::bindOutputTensor(int index, void* handle) {
    return report(bind(kMemoryOutput, index, handle));
}

NvDlaError Runtime::getNetworkDataType(NvU8* dataType) const {
    if (!dataType) return NvDlaError_BadParameter;
    const Tensor* first = tensor(kMemoryInput, 0);
    if (!first) first = tensor(kMemoryOutput, 0);
    if (!first) return NvDlaError_NotInitialized;
    *dataType = static_cast<NvU8>(first->data_type);
    return NvDlaSuccess;
}

NvDlaError Runtime::getNumInputTensors(int* count) {
    if (!count) return NvDlaError_BadParameter;
    if (!loadable_) return NvDlaError_NotInitialized;
    *count = static_cast<int>(bindable_memories(*loadable_, kMemoryInput).size());
    return NvDlaSuccess;
}

NvDlaError Runtime::getNumOutputTensors(int* count) {
    if (!count) return NvDlaError_BadParameter;
    if (!loadable_) return NvDlaError_NotInitialized;
    *count = static_cast<int>(bindable_memories(*loadable_, kMemoryOutput).size());
    return NvDlaSuccess;
}

NvDlaError Runtime::get_tensor(MemoryFlag direction, int index, NvDlaTensor* desc) {
    if (!desc) return NvDlaError_BadParameter;
    const Tensor* found = tensor(direction, index);
    if (!found) return loadable_ ? NvDlaError_BadParameter : NvDlaError_NotInitialized;
    *desc = to_api(*found);
    return NvDlaSuccess;
}

NvDlaError Runtime::getInputTensorDesc(int index, NvDlaTensor* desc) {
    return get_tensor(kMemoryInput, index, desc);
}

NvDlaError Runtime::getOutputTensorDesc(int index, NvDlaTensor* desc) {
    return get_tensor(kMemoryOutput, index, desc);
}

NvDlaError Runtime::setInputTensorDesc(int index, const NvDlaTensor* desc) {
    if (!desc) return NvDlaError_BadParameter;
    return report(set_tensor(kMemoryInput, index, *desc)) ? NvDlaSuccess : NvDlaError_BadParameter;
}

NvDlaError Runtime::setOutputTensorDesc(int index, const NvDlaTensor* desc) {
    if (!desc) return NvDlaError_BadParameter;
    return report(set_tensor(kMemoryOutput, index, *desc)) ? NvDlaSuccess : NvDlaError_BadParameter;
}

Result<void> Runtime::set_tensor(MemoryFlag direction, int index, const NvDlaTensor& desc) {
    const auto memory = bindable(direction, index);
    if (!memory) return tl::unexpected(memory.error());
    Tensor& current = loadable_->tensors[loadable_->memories[*memory].tensor_desc_id];
    const Tensor wanted = from_api(desc);
    std::string why = shape_change(current, wanted);
    if (why.empty()) why = stride_problem(wanted);
    if (!why.empty()) {
        return fail(fmt::format("{} tensor {}: {}", name_of(direction), index, why));
    }
    if (bound_[*memory].memory.handle && bound_[*memory].memory.size < wanted.size) {
        return fail(fmt::format("{} tensor {} needs {} bytes, the bound memory has {}",
                                name_of(direction), index, wanted.size,
                                bound_[*memory].memory.size));
    }
    current.stride = wanted.stride;
    current.size = wanted.size;
    relocate(*memory, current);
    return {};
}

// Writes the strides into every descriptor that uses the tensor's memory.
void Runtime::relocate(std::size_t memory, const Tensor& tensor) {
    for (const Relocation& relocation : loadable_->relocations) {
        if (loadable_->addresses[relocation.address_id].mem_id != memory) continue;
        const MappedMemory& target = bound_[relocation.write_id].memory;
        if (!target.data) continue;
        const std::uint32_t stride =
            tensor.stride[relocation.type == RelocationType::kLineStride ? 1 : 2];
        std::memcpy(target.data + relocation.offset, &stride, sizeof(stride));
    }
}

}  // namespace dla::runtime
