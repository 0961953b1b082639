// SPDX-License-Identifier: Apache-2.0
#include "loadable_generated.h"
#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

std::uint16_t id(std::size_t position) {
    return static_cast<std::uint16_t>(position);
}

template <class Entry, class Write>
auto write_list(FlatBufferBuilder& builder, const std::vector<Entry>& entries, Write write) {
    std::vector<decltype(write(entries[0], std::uint16_t{}))> offsets;
    offsets.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i)
        offsets.push_back(write(entries[i], id(i)));
    return builder.CreateVector(offsets);
}

Offset<wire::Blob> write_blob(FlatBufferBuilder& builder, const Blob& blob) {
    const wire::Version version(blob.version.major, blob.version.minor, blob.version.sub_minor);
    const auto name = builder.CreateString(blob.name);
    const auto data = builder.CreateVector(blob.data);
    return wire::CreateBlob(builder, name, blob.data.size(),
                            static_cast<std::uint32_t>(blob.interface), blob.sub_interface,
                            &version, data);
}

Offset<wire::MemoryListEntry> write_memory(FlatBufferBuilder& builder, const Memory& memory,
                                           std::uint16_t position) {
    const auto contents = builder.CreateVectorOfStrings(memory.contents);
    const auto offsets = builder.CreateVector(memory.offsets);
    return wire::CreateMemoryListEntry(builder, position, static_cast<std::uint8_t>(memory.domain),
                                       memory.flags, memory.size, memory.alignment, contents,
                                       offsets, memory.bind_id, memory.tensor_desc_id);
}

Offset<wire::TaskListEntry> write_task(FlatBufferBuilder& builder, const Task& task,
                                       std::uint16_t position) {
    const auto addresses = builder.CreateVector(task.address_list);
    const auto pre = builder.CreateVector(task.pre_actions);
    const auto post = builder.CreateVector(task.post_actions);
    return wire::CreateTaskListEntry(builder, position, static_cast<std::uint32_t>(task.interface),
                                     task.instance, addresses, pre, post);
}

Offset<wire::TensorDescListEntry> write_tensor(FlatBufferBuilder& builder, const Tensor& tensor,
                                               std::uint16_t position) {
    const auto name = builder.CreateString(tensor.name);
    const auto& s = tensor.stride;
    return wire::CreateTensorDescListEntry(
        builder, name, position, tensor.mem_id, tensor.size, tensor.offset,
        static_cast<std::uint8_t>(tensor.data_format), static_cast<std::uint8_t>(tensor.data_type),
        static_cast<std::uint8_t>(tensor.data_category), tensor.pixel_format, tensor.pixel_mapping,
        tensor.n, tensor.c, tensor.h, tensor.w, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
}

}  // namespace

Bytes write_loadable(const Loadable& loadable) {
    FlatBufferBuilder builder;
    const auto tasks =
        write_list(builder, loadable.tasks, [&](const Task& task, std::uint16_t position) {
            return write_task(builder, task, position);
        });
    const auto memories =
        write_list(builder, loadable.memories, [&](const Memory& memory, std::uint16_t position) {
            return write_memory(builder, memory, position);
        });
    const auto addresses = write_list(
        builder, loadable.addresses, [&](const Address& address, std::uint16_t position) {
            return wire::CreateAddressListEntry(builder, position, address.mem_id, address.offset,
                                                address.size);
        });
    const auto events =
        write_list(builder, loadable.events, [&](const Event& event, std::uint16_t position) {
            return wire::CreateEventListEntry(builder, position, event.type, event.target,
                                              event.value, event.signal ? 1 : 0);
        });
    const auto blobs = write_list(builder, loadable.blobs, [&](const Blob& blob, std::uint16_t) {
        return write_blob(builder, blob);
    });
    const auto tensors =
        write_list(builder, loadable.tensors, [&](const Tensor& tensor, std::uint16_t position) {
            return write_tensor(builder, tensor, position);
        });
    const auto relocations =
        write_list(builder, loadable.relocations, [&](const Relocation& relocation, std::uint16_t) {
            return wire::CreateRelocListEntry(builder, relocation.address_id, relocation.write_id,
                                              relocation.offset, relocation.interface,
                                              relocation.sub_interface,
                                              static_cast<std::uint8_t>(relocation.type));
        });
    const auto submits =
        write_list(builder, loadable.submits, [&](const Submit& submit, std::uint16_t position) {
            return wire::CreateSubmitListEntry(builder, position,
                                               builder.CreateVector(submit.task_id));
        });
    const wire::Version version(loadable.version.major, loadable.version.minor,
                                loadable.version.sub_minor);
    builder.Finish(wire::CreateLoadable(builder, &version, tasks, memories, addresses, events,
                                        blobs, tensors, relocations, submits),
                   wire::LoadableIdentifier());
    return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

}  // namespace dla::runtime
