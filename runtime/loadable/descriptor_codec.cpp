// SPDX-License-Identifier: Apache-2.0
#include "runtime/loadable/descriptor_codec.hpp"

#include <fmt/format.h>

#include "runtime/loadable/descriptor_io.hpp"

namespace dla::runtime {
namespace {

OpBody body_of(OpType type) {
    switch (type) {
        case OpType::kBdma:
            return Bdma{};
        case OpType::kConv:
            return Conv{};
        case OpType::kSdp:
            return Sdp{};
        case OpType::kPdp:
            return Pdp{};
        case OpType::kCdp:
            return Cdp{};
        case OpType::kRubik:
            return Rubik{};
    }
    return Bdma{};
}

// The list of `count` entries behind an index of the network descriptor.
Result<std::span<const std::uint8_t>> list_bytes(const TaskMemory& memory,
                                                 std::size_t num_addresses, std::int16_t index,
                                                 const char* field, std::size_t count,
                                                 std::size_t entry) {
    if (index < 0 || static_cast<std::size_t>(index) >= num_addresses) {
        return fail(fmt::format("network.{} is {}, the task has {} addresses", field, index,
                                num_addresses));
    }
    const auto bytes = memory(static_cast<std::size_t>(index));
    if (bytes.size() < count * entry) {
        return fail(fmt::format("network.{} is {}: {} entries need {} bytes, {} are there", field,
                                index, count, count * entry, bytes.size()));
    }
    return bytes;
}

Result<Operation> decode_operation(std::span<const std::uint8_t> dependency,
                                   std::span<const std::uint8_t> op,
                                   std::span<const std::uint8_t> surfaces, Generation generation) {
    Operation result;
    DescriptorReader common(dependency, generation);
    visit_common(common, result.common);
    if (static_cast<std::size_t>(result.common.type) >= kOpTypes) {
        return fail(fmt::format("op_type is {}, legal are 0 to 5",
                                static_cast<unsigned>(result.common.type)));
    }
    result.body = body_of(result.common.type);
    DescriptorReader op_reader(op, generation);
    DescriptorReader surface_reader(surfaces, generation);
    std::visit(
        [&](auto& body) {
            visit_op(op_reader, body);
            visit_surfaces(surface_reader, body);
        },
        result.body);
    return result;
}

Result<void> decode_operations(const TaskMemory& memory, std::size_t num_addresses, DlaTask& task) {
    const Network& network = task.network;
    const std::size_t count = std::size_t{network.num_rois} * network.num_operations;
    const auto dependencies = list_bytes(memory, num_addresses, network.dependency_graph_index,
                                         "dependency_graph_index", count, kDependencyBytes);
    if (!dependencies) return tl::unexpected(dependencies.error());
    const auto operations = list_bytes(memory, num_addresses, network.operation_desc_index,
                                       "operation_desc_index", count, kOperationBytes);
    if (!operations) return tl::unexpected(operations.error());
    const auto surfaces = list_bytes(memory, num_addresses, network.surface_desc_index,
                                     "surface_desc_index", count, kSurfaceBytes);
    if (!surfaces) return tl::unexpected(surfaces.error());
    for (std::size_t i = 0; i < count; ++i) {
        auto op =
            decode_operation(dependencies->subspan(i * kDependencyBytes, kDependencyBytes),
                             operations->subspan(i * kOperationBytes, kOperationBytes),
                             surfaces->subspan(i * kSurfaceBytes, kSurfaceBytes), task.generation);
        if (!op) return fail(fmt::format("operation {}: {}", i, op.error().message));
        task.operations.push_back(*op);
    }
    return {};
}

std::string in_task(std::size_t task, const std::string& message) {
    return fmt::format("task_list[{}]: {}", task, message);
}

void visit_emulator_buffer(DescriptorReader& read, std::size_t at, Generation generation,
                           EmulatorBuffer& b) {
    read("address", at, b.address);
    std::size_t next = at + 2;
    if (generation == Generation::kB) {
        read("offset", next, b.offset);
        next += 4;
    }
    read("size", next, b.size);
    read("format", next + 4, b.format);
    read("width", next + 6, b.width);
    read("height", next + 8, b.height);
    read("channel", next + 10, b.channel);
    read("line_stride", next + 12, b.line_stride);
    read("surf_stride", next + 16, b.surf_stride);
    // The old numbering has no 8-byte atom: INT8 0, INT16 1, FP16 2.
    if (generation == Generation::kA && b.format != EmulatorFormat::kInt8) {
        b.format = static_cast<EmulatorFormat>(static_cast<unsigned>(b.format) + 1);
    }
}

EmulatorOp decode_emulator_op(std::span<const std::uint8_t> op,
                              std::span<const std::uint8_t> buffers, Generation generation) {
    EmulatorOp result;
    DescriptorReader read(op, generation);
    read("op_type", 0, result.type);
    const std::size_t body = generation == Generation::kB ? 12 : 1;
    if (generation == Generation::kB) {
        read("input_scale", 4, result.input_scale);
        read("output_scale", 8, result.output_scale);
    }
    if (result.type == EmulatorOpType::kPower) {
        read("power", body, result.power);
        read("scale", body + 4, result.scale);
        read("shift", body + 8, result.shift);
    } else {
        read("axis", body, result.axis);
    }
    DescriptorReader buffer(buffers, generation);
    visit_emulator_buffer(buffer, 0, generation, result.src);
    visit_emulator_buffer(buffer, 256, generation, result.dst);
    return result;
}

constexpr std::size_t kEmulatorNetworkBytes = 256;
constexpr std::size_t kEmulatorBufferPairBytes = 512;

constexpr std::size_t emulator_op_bytes(Generation generation) {
    return generation == Generation::kB ? 24 : 16;
}

void encode_buffer(DescriptorWriter& write, std::size_t at, const EmulatorBuffer& b) {
    write("address", at, b.address);
    write("offset", at + 2, b.offset);
    write("size", at + 6, b.size);
    write("format", at + 10, b.format);
    write("width", at + 12, b.width);
    write("height", at + 14, b.height);
    write("channel", at + 16, b.channel);
    write("line_stride", at + 18, b.line_stride);
    write("surf_stride", at + 22, b.surf_stride);
}

}  // namespace

const char* name_of(OpType type) {
    static constexpr const char* kNames[] = {"BDMA", "CONV", "SDP", "PDP", "CDP", "RUBIK"};
    return kNames[static_cast<std::size_t>(type)];
}

std::span<const std::uint8_t> LoadableMemory::operator()(std::size_t position) {
    const Address& address = loadable_.addresses[loadable_.tasks[task_].address_list[position]];
    auto [entry, fresh] = contents_.try_emplace(address.mem_id);
    if (fresh) entry->second = initial_contents(loadable_, address.mem_id);
    const Bytes& bytes = entry->second;
    if (address.offset >= bytes.size()) return {};
    return std::span(bytes).subspan(address.offset);
}

Result<DlaTask> decode_dla_task(const TaskMemory& memory, std::size_t num_addresses,
                                Generation generation) {
    DlaTask task{.generation = generation, .network = {}, .operations = {}, .luts = {}};
    const auto network = memory(0);
    if (network.size() < kNetworkBytes) {
        return fail(
            fmt::format("address_list[0] must hold the network descriptor ({} bytes), {} "
                        "bytes are there",
                        kNetworkBytes, network.size()));
    }
    DescriptorReader reader(network, generation);
    visit_network(reader, task.network);
    if (auto done = decode_operations(memory, num_addresses, task); !done) {
        return tl::unexpected(done.error());
    }
    if (task.network.num_luts == 0) return task;
    const auto luts = list_bytes(memory, num_addresses, task.network.lut_data_index,
                                 "lut_data_index", task.network.num_luts, kLutBytes);
    if (!luts) return tl::unexpected(luts.error());
    task.luts.resize(task.network.num_luts);
    for (std::size_t i = 0; i < task.luts.size(); ++i) {
        DescriptorReader lut(luts->subspan(i * kLutBytes, kLutBytes), generation);
        visit_lut(lut, task.luts[i]);
    }
    return task;
}

Result<DlaTask> decode_dla_task(const Loadable& loadable, std::size_t task) {
    const auto generation = generation_of(loadable, task);
    if (!generation) return tl::unexpected(generation.error());
    LoadableMemory memory(loadable, task);
    auto decoded =
        decode_dla_task(std::ref(memory), loadable.tasks[task].address_list.size(), *generation);
    if (!decoded) return fail(in_task(task, decoded.error().message));
    return decoded;
}

Result<EmulatorTask> decode_emulator_task(const TaskMemory& memory, std::size_t num_addresses,
                                          Generation generation) {
    const auto network = memory(0);
    if (network.size() < 6) {
        return fail(
            fmt::format("address_list[0] must hold the network descriptor, {} bytes are "
                        "there",
                        network.size()));
    }
    const std::size_t count = load_number<std::uint16_t>(network, 4);
    const auto operations =
        list_bytes(memory, num_addresses, load_number<std::int16_t>(network, 0),
                   "operation_desc_index", count, emulator_op_bytes(generation));
    if (!operations) return tl::unexpected(operations.error());
    const auto buffers = list_bytes(memory, num_addresses, load_number<std::int16_t>(network, 2),
                                    "operation_buffer_desc_index", count, kEmulatorBufferPairBytes);
    if (!buffers) return tl::unexpected(buffers.error());
    EmulatorTask task{.generation = generation, .operations = {}};
    const std::size_t stride = emulator_op_bytes(generation);
    for (std::size_t i = 0; i < count; ++i) {
        task.operations.push_back(decode_emulator_op(
            operations->subspan(i * stride, stride),
            buffers->subspan(i * kEmulatorBufferPairBytes, kEmulatorBufferPairBytes), generation));
    }
    return task;
}

Result<EmulatorTask> decode_emulator_task(const Loadable& loadable, std::size_t task) {
    const auto generation = generation_of(loadable, task);
    if (!generation) return tl::unexpected(generation.error());
    LoadableMemory memory(loadable, task);
    auto decoded = decode_emulator_task(std::ref(memory), loadable.tasks[task].address_list.size(),
                                        *generation);
    if (!decoded) return fail(in_task(task, decoded.error().message));
    return decoded;
}

DlaTaskBlobs encode(const DlaTask& task) {
    DlaTask copy = task;  // the visitors take fields by reference
    DlaTaskBlobs blobs;
    blobs.network.resize(kNetworkBytes);
    DescriptorWriter network(blobs.network);
    visit_network(network, copy.network);
    const std::size_t count = copy.operations.size();
    blobs.dependencies.resize(count * kDependencyBytes);
    blobs.operations.resize(count * kOperationBytes);
    blobs.surfaces.resize(count * kSurfaceBytes);
    for (std::size_t i = 0; i < count; ++i) {
        Operation& op = copy.operations[i];
        DescriptorWriter common(
            std::span(blobs.dependencies).subspan(i * kDependencyBytes, kDependencyBytes));
        DescriptorWriter fields(
            std::span(blobs.operations).subspan(i * kOperationBytes, kOperationBytes));
        DescriptorWriter surfaces(
            std::span(blobs.surfaces).subspan(i * kSurfaceBytes, kSurfaceBytes));
        visit_common(common, op.common);
        std::visit(
            [&](auto& body) {
                visit_op(fields, body);
                visit_surfaces(surfaces, body);
            },
            op.body);
    }
    blobs.luts.resize(copy.luts.size() * kLutBytes);
    for (std::size_t i = 0; i < copy.luts.size(); ++i) {
        DescriptorWriter lut(std::span(blobs.luts).subspan(i * kLutBytes, kLutBytes));
        visit_lut(lut, copy.luts[i]);
    }
    return blobs;
}

EmulatorTaskBlobs encode(const EmulatorTask& task, std::int16_t operation_index,
                         std::int16_t buffer_index) {
    const std::size_t count = task.operations.size();
    const std::size_t stride = emulator_op_bytes(Generation::kB);
    EmulatorTaskBlobs blobs{Bytes(kEmulatorNetworkBytes), Bytes(count * stride),
                            Bytes(count * kEmulatorBufferPairBytes)};
    DescriptorWriter network(blobs.network);
    network("operation_desc_index", 0, operation_index);
    network("operation_buffer_desc_index", 2, buffer_index);
    network("num_operations", 4, static_cast<std::uint16_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
        const EmulatorOp& op = task.operations[i];
        DescriptorWriter fields(std::span(blobs.operations).subspan(i * stride, stride));
        fields("op_type", 0, op.type);
        fields("input_scale", 4, op.input_scale);
        fields("output_scale", 8, op.output_scale);
        if (op.type == EmulatorOpType::kPower) {
            fields("power", 12, op.power);
            fields("scale", 16, op.scale);
            fields("shift", 20, op.shift);
        } else {
            fields("axis", 12, op.axis);
        }
        DescriptorWriter buffers(
            std::span(blobs.buffers)
                .subspan(i * kEmulatorBufferPairBytes, kEmulatorBufferPairBytes));
        encode_buffer(buffers, 0, op.src);
        encode_buffer(buffers, 256, op.dst);
    }
    return blobs;
}

Bytes widen_surface_entry(std::span<const std::uint8_t> entry, OpType type, std::size_t transfers) {
    Bytes wide(kSurfaceBytes, 0);
    OpBody body = body_of(type);
    if (auto* bdma = std::get_if<Bdma>(&body)) {
        bdma->num_transfers = static_cast<std::uint16_t>(transfers);
    }
    DescriptorReader reader(entry, Generation::kA);
    DescriptorWriter writer(wide);
    std::visit(
        [&](auto& layer) {
            visit_surfaces(reader, layer);
            visit_surfaces(writer, layer);
        },
        body);
    return wide;
}

}  // namespace dla::runtime
