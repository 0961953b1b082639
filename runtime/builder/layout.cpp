// SPDX-License-Identifier: Apache-2.0
// From plan to loadable: pools for constants and activations, one memory per input, output and
// descriptor list, address lists, relocations.
#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "runtime/builder/network_plan.hpp"
#include "runtime/loadable/descriptor_codec.hpp"

namespace dla::runtime {
namespace {

using Kind = PlannedTensor::Kind;
using Place = PlannedTensor::Place;

constexpr std::uint64_t kTensorAlignment = 256;
constexpr std::uint32_t kMemoryAlignment = 4096;
constexpr std::size_t kLineStrideInCube = 20;
constexpr std::size_t kSurfaceStrideInCube = 24;

std::uint64_t aligned(std::uint64_t size) {
    return (size + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

class LoadableLayout {
  public:
    explicit LoadableLayout(NetworkPlan plan) : plan_(std::move(plan)) {}

    Loadable make() {
        places_.resize(plan_.tensors.size());
        place_pool(Place::kConstant);
        place_pool(Place::kActivation);
        place_pool(Place::kActivation, MemoryDomain::kSram);
        place_bindings(Place::kInput, kMemoryInput);
        place_bindings(Place::kOutput, kMemoryOutput);
        add_dla_task();
        if (!plan_.emulator.empty()) add_emulator_task();
        add_relocations();
        return std::move(loadable_);
    }

  private:
    struct Spot {
        std::uint16_t memory = 0;
        std::uint64_t offset = 0;
    };

    std::uint16_t add_memory(Memory memory) {
        memory.flags |= kMemoryAlloc;
        memory.alignment = kMemoryAlignment;
        loadable_.memories.push_back(std::move(memory));
        return static_cast<std::uint16_t>(loadable_.memories.size() - 1);
    }

    // All tensors of a place one after another in one memory.
    void place_pool(Place place, MemoryDomain domain = MemoryDomain::kSystem) {
        Memory memory{.domain = domain};
        const auto id = static_cast<std::uint16_t>(loadable_.memories.size());
        for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
            const PlannedTensor& tensor = plan_.tensors[i];
            const bool here = tensor.second_memory == (domain == MemoryDomain::kSram);
            if (tensor.place != place || !here) continue;
            places_[i] = {id, memory.size};
            if (place == Place::kConstant) {
                const std::string name = fmt::format("constant-{}", i);
                memory.flags |= kMemorySet;
                memory.contents.push_back(name);
                memory.offsets.push_back(memory.size);
                loadable_.blobs.push_back({.name = name, .data = tensor.data});
            }
            memory.size = aligned(memory.size + tensor.strides.size);
        }
        if (memory.size > 0) add_memory(std::move(memory));
    }

    void place_bindings(Place place, MemoryFlag direction) {
        std::uint16_t number = 0;
        for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
            const PlannedTensor& tensor = plan_.tensors[i];
            if (tensor.place != place) continue;
            const std::uint16_t memory = add_memory(
                {.flags = static_cast<std::uint16_t>(direction),
                 .size = tensor.strides.size,
                 .bind_id = number++,
                 .tensor_desc_id = static_cast<std::uint16_t>(loadable_.tensors.size())});
            places_[i] = {memory, 0};
            loadable_.tensors.push_back(tensor_entry(tensor, memory));
        }
    }

    Tensor tensor_entry(const PlannedTensor& tensor, std::uint16_t memory) const {
        const bool int8 = plan_.precision == Precision::kInt8;
        const bool image = tensor.kind == Kind::kImage;
        Tensor entry{.name = tensor.name, .mem_id = memory, .size = tensor.strides.size};
        entry.data_format = image ? DataFormat::kNhwc : DataFormat::kNcxhwx;
        entry.data_type = int8                                   ? DataType::kInt8
                          : plan_.precision == Precision::kInt16 ? DataType::kInt16
                                                                 : DataType::kHalf;
        entry.data_category = image ? DataCategory::kImage : DataCategory::kFeature;
        if (image) {
            entry.pixel_format = int8 ? kPixelA8B8G8R8 : kPixelA16B16G16R16F;
        } else {
            entry.pixel_format =
                plan_.config.memory_atom_bytes == 8 ? kPixelFeatureX8 : kPixelFeature;
        }
        entry.c = static_cast<std::int32_t>(tensor.shape.c);
        entry.h = static_cast<std::int32_t>(tensor.shape.h);
        entry.w = static_cast<std::int32_t>(tensor.shape.w);
        entry.stride[0] = bytes_per_element(plan_.precision);
        entry.stride[1] = tensor.strides.line;
        entry.stride[2] = tensor.strides.surface;
        return entry;
    }

    // Position in the address list that is being made.
    std::int16_t add_address(const Spot& spot) {
        const std::uint64_t size = loadable_.memories[spot.memory].size - spot.offset;
        loadable_.addresses.push_back({spot.memory, spot.offset, size});
        list_.push_back(static_cast<std::uint16_t>(loadable_.addresses.size() - 1));
        return static_cast<std::int16_t>(list_.size() - 1);
    }

    // Position 0 is the network descriptor, then every memory with tensors.
    void begin_task() {
        list_.assign(1, 0);
        for (std::uint16_t memory = 0; memory < tensor_memories_; ++memory)
            add_address({memory, 0});
    }

    void end_task(Interface interface, const Spot& network) {
        loadable_.addresses.push_back({network.memory, 0, loadable_.memories[network.memory].size});
        list_[0] = static_cast<std::uint16_t>(loadable_.addresses.size() - 1);
        const auto id = static_cast<std::uint16_t>(loadable_.tasks.size());
        const auto events = static_cast<std::uint16_t>(loadable_.events.size());
        Task task{.interface = interface, .address_list = list_};
        if (id > 0) {
            loadable_.events.push_back({.value = id, .signal = false});
            task.pre_actions = {events};
        }
        loadable_.events.push_back({.value = id + 1u, .signal = true});
        task.post_actions = {static_cast<std::uint16_t>(loadable_.events.size() - 1)};
        loadable_.tasks.push_back(std::move(task));
        loadable_.submits.push_back({{id}});
    }

    Spot add_descriptors(const char* name, Interface interface, SubInterface sub, Bytes bytes) {
        const std::string full = fmt::format("task-{}-{}", loadable_.tasks.size(), name);
        const Version version =
            interface == Interface::kDla ? kDescriptorVersion : kEmulatorVersion;
        Memory memory{
            .flags = kMemorySet, .size = bytes.size(), .contents = {full}, .offsets = {0}};
        loadable_.blobs.push_back({full, interface, sub, version, std::move(bytes)});
        return {add_memory(std::move(memory)), 0};
    }

    // Cubes get the address of their memory; BDMA, which has no offsets, entries of its own.
    void resolve(const CubeUse& use) {
        const Spot& spot = places_[use.tensor];
        OpBody& body = plan_.operations[use.operation].op.body;
        const std::uint16_t type = plan_.tensors[use.tensor].second_memory ? kInSram : kInDram;
        if (auto* bdma = std::get_if<Bdma>(&body)) {
            const std::int16_t address = add_address(spot);
            (use.cube == 0 ? bdma->transfers[0].source_address
                           : bdma->transfers[0].destination_address) = address;
            (use.cube == 0 ? bdma->source_type : bdma->destination_type) =
                static_cast<std::uint8_t>(type);
            return;
        }
        DataCube* cube = cube_at(body, use.cube);
        cube->type = type;
        cube->address = static_cast<std::int16_t>(spot.memory + 1);
        cube->offset = static_cast<std::uint32_t>(spot.offset);
    }

    void add_dla_task() {
        tensor_memories_ = static_cast<std::uint16_t>(loadable_.memories.size());
        begin_task();
        for (const CubeUse& use : plan_.uses)
            resolve(use);
        DlaTask task;
        for (const PlannedOperation& planned : plan_.operations) {
            task.operations.push_back(planned.op);
        }
        task.luts = plan_.luts;
        task.network.op_head = operation_heads(plan_);
        task.network.num_operations = static_cast<std::uint16_t>(task.operations.size());
        task.network.num_luts = static_cast<std::uint16_t>(task.luts.size());
        const DlaTaskBlobs blobs = encode(task);
        Network& network = task.network;
        network.dependency_graph_index = add_address(
            add_descriptors("dep_graph", Interface::kDla, kSubDependencies, blobs.dependencies));
        network.operation_desc_index = add_address(
            add_descriptors("op_list", Interface::kDla, kSubOperations, blobs.operations));
        const Spot surfaces =
            add_descriptors("surf_list", Interface::kDla, kSubSurfaces, blobs.surfaces);
        surface_memory_ = surfaces.memory;
        network.surface_desc_index = add_address(surfaces);
        if (!blobs.luts.empty()) {
            network.lut_data_index =
                add_address(add_descriptors("lut_list", Interface::kDla, kSubLuts, blobs.luts));
        }
        network.num_addresses = static_cast<std::uint16_t>(list_.size());
        end_task(Interface::kDla,
                 add_descriptors("addr0", Interface::kDla, kSubNetwork, encode(task).network));
    }

    EmulatorBuffer buffer_of(std::size_t tensor) const {
        const PlannedTensor& planned = plan_.tensors[tensor];
        EmulatorBuffer buffer;
        buffer.address = static_cast<std::int16_t>(places_[tensor].memory + 1);
        buffer.offset = static_cast<std::uint32_t>(places_[tensor].offset);
        buffer.size = planned.strides.size;
        buffer.format = plan_.precision == Precision::kFp16   ? EmulatorFormat::kFp16
                        : plan_.config.memory_atom_bytes == 8 ? EmulatorFormat::kInt8x8
                                                              : EmulatorFormat::kInt8;
        buffer.width = static_cast<std::uint16_t>(planned.shape.w);
        buffer.height = static_cast<std::uint16_t>(planned.shape.h);
        buffer.channel = static_cast<std::uint16_t>(planned.shape.c);
        buffer.line_stride = planned.strides.line;
        buffer.surf_stride = planned.strides.surface;
        return buffer;
    }

    void add_emulator_task() {
        begin_task();
        EmulatorTask task;
        for (const PlannedEmulatorOp& planned : plan_.emulator) {
            EmulatorOp op = planned.op;
            op.src = buffer_of(planned.src);
            op.dst = buffer_of(planned.dst);
            task.operations.push_back(op);
        }
        const auto next = static_cast<std::int16_t>(list_.size());
        EmulatorTaskBlobs blobs = encode(task, next, static_cast<std::int16_t>(next + 1));
        add_address(add_descriptors("op_list", Interface::kEmulator, kSubOperations,
                                    std::move(blobs.operations)));
        add_address(add_descriptors("op_buf_list", Interface::kEmulator, kSubSurfaces,
                                    std::move(blobs.buffers)));
        end_task(Interface::kEmulator, add_descriptors("addr0", Interface::kEmulator, kSubNetwork,
                                                       std::move(blobs.network)));
    }

    // Every cube on a bound tensor can get other strides later.
    void add_relocations() {
        for (const CubeUse& use : plan_.uses) {
            const Place place = plan_.tensors[use.tensor].place;
            const OpBody& body = plan_.operations[use.operation].op.body;
            if ((place != Place::kInput && place != Place::kOutput) ||
                std::holds_alternative<Bdma>(body)) {
                continue;
            }
            const std::size_t cube =
                use.operation * kSurfaceBytes + use.cube * cube_bytes(Generation::kB);
            const std::uint16_t memory = places_[use.tensor].memory;
            for (const auto& [field, type] :
                 {std::pair{kLineStrideInCube, RelocationType::kLineStride},
                  std::pair{kSurfaceStrideInCube, RelocationType::kSurfaceStride}}) {
                loadable_.relocations.push_back(
                    {.address_id = memory,
                     .write_id = surface_memory_,
                     .offset = cube + field,
                     .interface = static_cast<std::uint32_t>(Interface::kDla),
                     .sub_interface = kSubSurfaces,
                     .type = type});
            }
        }
    }

    NetworkPlan plan_;
    Loadable loadable_;
    std::vector<Spot> places_;           // of tensors
    std::vector<std::uint16_t> list_;    // address list of the task that is being made
    std::uint16_t tensor_memories_ = 0;  // they come first; address i leads to memory i
    std::uint16_t surface_memory_ = 0;
};

}  // namespace

DataCube* cube_at(OpBody& body, unsigned k) {
    return std::visit(
        [k](auto& layer) -> DataCube* {
            using Layer = std::decay_t<decltype(layer)>;
            if constexpr (std::is_same_v<Layer, Bdma>) {
                return nullptr;
            } else if constexpr (std::is_same_v<Layer, Conv>) {
                DataCube* cubes[] = {&layer.weight, &layer.wmb, &layer.wgs, &layer.src, &layer.dst};
                return cubes[k];
            } else if constexpr (std::is_same_v<Layer, Sdp>) {
                DataCube* cubes[] = {&layer.src, &layer.x1_data, &layer.x2_data, &layer.y_data,
                                     &layer.dst};
                return cubes[k];
            } else {
                return k == 0 ? &layer.src : &layer.dst;
            }
        },
        body);
}

Loadable lay_out(NetworkPlan plan) {
    return LoadableLayout(std::move(plan)).make();
}

}  // namespace dla::runtime
