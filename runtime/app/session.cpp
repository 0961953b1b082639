// SPDX-License-Identifier: Apache-2.0
#include "runtime/app/session.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dla::runtime {

Session::~Session() {
    release();
    runtime_.stopEMU();
    runtime_.unload();
}

void Session::release() {
    for (auto* buffers : {&inputs_, &outputs_}) {
        for (const Buffer& buffer : *buffers) {
            runtime_.freeSystemMemory(buffer.handle, buffer.bytes.size());
        }
        buffers->clear();
    }
}

Result<void> Session::load(std::span<const std::uint8_t> file, int instance) {
    release();
    if (auto loaded = runtime_.load_bytes(file, instance); !loaded) return loaded;
    runtime_.initEMU();
    if (auto bound = bind(kMemoryInput, inputs_); !bound) return bound;
    return bind(kMemoryOutput, outputs_);
}

Result<void> Session::bind(MemoryFlag direction, std::vector<Buffer>& buffers) {
    for (int i = 0; const Tensor* tensor = runtime_.tensor(direction, i); ++i) {
        void* handle = nullptr;
        void* data = nullptr;
        const std::uint64_t size = std::max<std::uint64_t>(tensor->size, 1);
        if (runtime_.allocateSystemMemory(&handle, size, &data) != NvDlaSuccess) {
            return fail(runtime_.last_error());
        }
        buffers.push_back({handle, {static_cast<std::uint8_t*>(data), size}});
        const bool bound = direction == kMemoryInput ? runtime_.bindInputTensor(i, handle)
                                                     : runtime_.bindOutputTensor(i, handle);
        if (!bound) return fail(runtime_.last_error());
    }
    return {};
}

Result<void> Session::set_image(const Image& image, const Preprocessing& how) {
    const Tensor* tensor = input_tensor();
    if (!tensor || inputs_.empty()) return fail("the network has no input; leave the picture out");
    return fill_tensor(image, *tensor, how, inputs_[0].bytes);
}

Result<void> Session::set_input(std::span<const std::uint8_t> bytes) {
    if (inputs_.empty()) return fail("the network has no input; leave the bytes out");
    if (bytes.size() > inputs_[0].bytes.size()) {
        return fail(fmt::format("the input has {} bytes, the network's input 0 takes at most {}",
                                bytes.size(), inputs_[0].bytes.size()));
    }
    std::copy(bytes.begin(), bytes.end(), inputs_[0].bytes.begin());
    return {};
}

Result<void> Session::run() {
    return runtime_.run();
}

Result<Dimg> Session::output(int index) const {
    const Tensor* tensor = runtime_.tensor(kMemoryOutput, index);
    if (!tensor) {
        return fail(
            fmt::format("output {} was asked for, the network has {}", index, num_outputs()));
    }
    return make_dimg(*tensor, outputs_[static_cast<std::size_t>(index)].bytes);
}

}  // namespace dla::runtime
