// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/player/layer_tracker.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_regs/bdma_regs.hpp"
#include "dla_regs/cdp_rdma_regs.hpp"
#include "dla_regs/cdp_regs.hpp"
#include "dla_regs/pdp_regs.hpp"
#include "dla_regs/rubik_regs.hpp"
#include "dla_regs/sdp_regs.hpp"

namespace dla::trace {
namespace {

constexpr std::uint32_t kSlotBytes = 0x1000;
constexpr unsigned kBdmaUnitBytes = 32;
constexpr std::uint64_t kMostLayers = kMaxStatements;

Memory memory_from(std::uint32_t ram_type) {
    return ram_type == 0 ? Memory::kSecondary : Memory::kPrimary;
}

unsigned element_bytes(std::uint32_t precision) {
    return precision == 0 ? 1 : 2;
}

unsigned divide_up(unsigned a, unsigned b) {
    return (a + b - 1) / b;
}

struct Place {
    std::uint64_t batch, surface, line, column, byte;
};

// The place of a byte in the cube, or nothing when it lies in a gap or outside.
std::optional<Place> locate(const DestinationCube& cube, Memory memory, std::uint64_t address) {
    if (memory != cube.memory || address < cube.base) return std::nullopt;
    for (std::uint64_t batch = 0; batch < cube.batches; ++batch) {
        if (address - cube.base < batch * cube.batch_stride) break;
        std::uint64_t rest = address - cube.base - batch * cube.batch_stride;
        const auto split = [&](std::uint64_t stride, std::uint64_t count) {
            const std::uint64_t index =
                stride == 0 ? 0 : std::min<std::uint64_t>(rest / stride, count - 1);
            rest -= index * stride;
            return index;
        };
        Place place{};
        place.batch = batch;
        place.surface = split(cube.surface_stride, cube.surfaces);
        place.line = split(cube.line_stride, cube.height);
        place.column = rest / cube.atom_bytes;
        place.byte = rest % cube.atom_bytes;
        if (place.column < cube.width) return place;
    }
    return std::nullopt;
}

}  // namespace

LayerTracker::LayerTracker(const HardwareConfig& config) : config_(config) {
    for (const regs::CatalogueUnit& unit : regs::catalogue()) {
        const std::int64_t base = unit.base[static_cast<std::size_t>(config.address_map)];
        if (base < 0) continue;
        mirrors_.emplace(static_cast<std::uint32_t>(base) / kSlotBytes,
                         Mirror{&unit, RegisterFile(*unit.registers, config.address_map)});
    }
}

const LayerTracker::Mirror* LayerTracker::mirror(const char* unit) const {
    for (const auto& [slot, mirror] : mirrors_)
        if (std::string_view(unit) == mirror.unit->name) return &mirror;
    return nullptr;
}

bool LayerTracker::write(std::uint32_t address, std::uint32_t value) {
    const auto found = mirrors_.find(address / kSlotBytes);
    if (found == mirrors_.end()) return false;
    Mirror& unit = found->second;
    const std::uint32_t offset = address % kSlotBytes;
    const bool enables = unit.regs.has_groups() &&
                         static_cast<int>(offset) == unit.unit->registers->first_grouped_offset;
    if (enables) {
        if ((value & 1) != 0) note_layer(unit, unit.regs.producer());
        return (value & 1) != 0;
    }
    unit.regs.write(offset, value);
    if (std::string_view(unit.unit->name) != "BDMA" || (value & 1) == 0) return false;
    if (offset == regs::bdma::CfgOp::kRegister.offset) note_layer(unit, 0);
    return offset == regs::bdma::CfgLaunch0::kRegister.offset ||
           offset == regs::bdma::CfgLaunch1::kRegister.offset;
}

void LayerTracker::note_layer(const Mirror& unit, unsigned group) {
    using Extract = std::optional<DestinationCube> (LayerTracker::*)(const Mirror&, unsigned) const;
    constexpr std::pair<std::string_view, Extract> kUnits[] = {
        {"SDP", &LayerTracker::sdp_cube},   {"PDP", &LayerTracker::pdp_cube},
        {"CDP", &LayerTracker::cdp_cube},   {"BDMA", &LayerTracker::bdma_cube},
        {"RBK", &LayerTracker::rubik_cube},
    };
    for (const auto& [name, extract] : kUnits) {
        if (name != unit.unit->name) continue;
        if (auto cube = (this->*extract)(unit, group)) {
            cube->unit = name;
            cube->group = group;
            layers_.push_back(*cube);
        }
    }
}

std::optional<DestinationCube> LayerTracker::sdp_cube(const Mirror& sdp, unsigned group) const {
    namespace r = regs::sdp;
    const RegisterFile& regs = sdp.regs;
    if (regs.get(group, r::DFeatureModeCfg::kOutputDst) != 0) return std::nullopt;  // to PDP
    DestinationCube cube;
    cube.memory = memory_from(regs.get(group, r::DDstDmaCfg::kDstRamType));
    cube.base =
        regs.get_address(group, r::DDstBaseAddrHigh::kRegister, r::DDstBaseAddrLow::kRegister);
    cube.line_stride = regs.value(group, r::DDstLineStride::kRegister);
    cube.surface_stride = regs.value(group, r::DDstSurfaceStride::kRegister);
    cube.batch_stride = regs.value(group, r::DDstBatchStride::kRegister);
    cube.batches = regs.get(group, r::DFeatureModeCfg::kBatchNumber) + 1;
    cube.width = regs.get(group, r::DDataCubeWidth::kWidth) + 1;
    cube.height = regs.get(group, r::DDataCubeHeight::kHeight) + 1;
    cube.element_bytes = element_bytes(regs.get(group, r::DDataFormat::kOutPrecision));
    cube.atom_bytes = config_.memory_atom_bytes;
    cube.surfaces = divide_up(regs.get(group, r::DDataCubeChannel::kChannel) + 1,
                              cube.atom_bytes / cube.element_bytes);
    return cube;
}

std::optional<DestinationCube> LayerTracker::pdp_cube(const Mirror& pdp, unsigned group) const {
    namespace r = regs::pdp;
    const RegisterFile& regs = pdp.regs;
    DestinationCube cube;
    cube.memory = memory_from(regs.get(group, r::DDstRamCfg::kDstRamType));
    cube.base =
        regs.get_address(group, r::DDstBaseAddrHigh::kRegister, r::DDstBaseAddrLow::kRegister);
    cube.line_stride = regs.value(group, r::DDstLineStride::kRegister);
    cube.surface_stride = regs.value(group, r::DDstSurfaceStride::kRegister);
    cube.width = regs.value(group, r::DDataCubeOutWidth::kRegister) + 1;
    cube.height = regs.value(group, r::DDataCubeOutHeight::kRegister) + 1;
    cube.element_bytes = element_bytes(regs.get(group, r::DDataFormat::kInputData));
    cube.atom_bytes = config_.memory_atom_bytes;
    cube.surfaces = divide_up(regs.value(group, r::DDataCubeInChannel::kRegister) + 1,
                              cube.atom_bytes / cube.element_bytes);
    return cube;
}

std::optional<DestinationCube> LayerTracker::cdp_cube(const Mirror& cdp, unsigned group) const {
    namespace r = regs::cdp;
    const Mirror* rdma = mirror("CDP_RDMA");  // holds the cube's size
    if (rdma == nullptr) return std::nullopt;
    const RegisterFile& regs = cdp.regs;
    DestinationCube cube;
    cube.memory = memory_from(regs.get(group, r::DDstDmaCfg::kDstRamType));
    cube.base =
        regs.get_address(group, r::DDstBaseAddrHigh::kRegister, r::DDstBaseAddrLow::kRegister);
    cube.line_stride = regs.value(group, r::DDstLineStride::kRegister);
    cube.surface_stride = regs.value(group, r::DDstSurfaceStride::kRegister);
    cube.width = rdma->regs.value(group, regs::cdp_rdma::DDataCubeWidth::kRegister) + 1;
    cube.height = rdma->regs.value(group, regs::cdp_rdma::DDataCubeHeight::kRegister) + 1;
    cube.element_bytes = element_bytes(regs.get(group, r::DDataFormat::kInputDataType));
    cube.atom_bytes = config_.memory_atom_bytes;
    cube.surfaces =
        divide_up(rdma->regs.value(group, regs::cdp_rdma::DDataCubeChannel::kRegister) + 1,
                  cube.atom_bytes / cube.element_bytes);
    return cube;
}

// One pushed operation: "columns" of 32 bytes, lines and surfaces of them.
std::optional<DestinationCube> LayerTracker::bdma_cube(const Mirror& bdma, unsigned) const {
    namespace r = regs::bdma;
    const RegisterFile& regs = bdma.regs;
    DestinationCube cube;
    cube.memory = memory_from(regs.get(0, r::CfgCmd::kDstRamType));
    cube.base = regs.get_address(0, r::CfgDstAddrHigh::kRegister, r::CfgDstAddrLow::kRegister);
    cube.line_stride = regs.value(0, r::CfgDstLine::kRegister);
    cube.surface_stride = regs.value(0, r::CfgDstSurf::kRegister);
    cube.width = regs.value(0, r::CfgLine::kRegister) + 1;
    cube.height = regs.value(0, r::CfgLineRepeat::kRegister) + 1;
    cube.surfaces = regs.value(0, r::CfgSurfRepeat::kRegister) + 1;
    cube.atom_bytes = kBdmaUnitBytes;
    return cube;
}

std::optional<DestinationCube> LayerTracker::rubik_cube(const Mirror& rubik, unsigned group) const {
    namespace r = regs::rubik;
    const RegisterFile& regs = rubik.regs;
    const auto mode = regs.get(group, r::DMiscCfg::kRubikMode);
    DestinationCube cube;
    cube.memory = memory_from(regs.get(group, r::DDaoutRamType::kDataoutRamType));
    cube.base = regs.get_address(group, r::DDaoutAddrHigh::kRegister, r::DDaoutAddrLow::kRegister);
    cube.line_stride = regs.value(group, r::DDaoutLineStride::kRegister);
    cube.element_bytes = element_bytes(regs.get(group, r::DMiscCfg::kInPrecision));
    cube.width = regs.get(group, r::DDatainSize0::kDatainWidth) + 1;
    cube.height = regs.get(group, r::DDatainSize0::kDatainHeight) + 1;
    const unsigned channels = regs.get(group, r::DDataoutSize1::kDataoutChannel) + 1;
    if (mode == r::DMiscCfg::kRubikModeSplit) {  // every channel a plane, elements side by side
        cube.surface_stride = regs.value(group, r::DDaoutPlanarStride::kRegister);
        cube.surfaces = channels;
        cube.atom_bytes = cube.element_bytes;
        return cube;
    }
    if (mode == r::DMiscCfg::kRubikModeContract) {
        cube.width *= regs.get(group, r::DDeconvStride::kDeconvXStride) + 1;
        cube.height *= regs.get(group, r::DDeconvStride::kDeconvYStride) + 1;
    }
    cube.surface_stride = regs.value(group, r::DDaoutSurfStride::kRegister);
    cube.atom_bytes = config_.memory_atom_bytes;
    cube.surfaces = divide_up(channels, cube.atom_bytes / cube.element_bytes);
    return cube;
}

std::string LayerTracker::describe(Memory memory, std::uint64_t address) const {
    for (std::size_t i = layers_.size(); i-- > 0;) {
        const DestinationCube& cube = layers_[i];
        const auto place = locate(cube, memory, address);
        if (!place) continue;
        const std::uint64_t lanes = cube.atom_bytes / cube.element_bytes;
        const std::uint64_t lane = place->byte / cube.element_bytes;
        std::string text = fmt::format("layer {}, {} group {}: ", i + 1, cube.unit, cube.group);
        if (cube.batches > 1) text += fmt::format("batch {}, ", place->batch);
        text += fmt::format("surface {}, line {}, column {}, lane {}", place->surface, place->line,
                            place->column, lane);
        if (cube.unit != "BDMA")
            text += fmt::format(" (channel {})", place->surface * lanes + lane);
        return text;
    }
    return "";
}

void LayerTracker::visit_state(StateVisitor& state) {
    for (auto& [slot, mirror] : mirrors_) {
        std::vector<std::uint32_t> words = mirror.regs.state();
        state.values(mirror.unit->name, std::span<std::uint32_t>(words));
        mirror.regs.restore(words);
    }
    std::uint64_t count = layers_.size();
    state.value("layers", count);
    if (count > layers_.size()) layers_.resize(std::min(count, kMostLayers));
    for (DestinationCube& cube : layers_) {
        state.numbers("unit", cube.unit);
        state.value("group", cube.group);
        state.value("memory", cube.memory);
        state.value("base", cube.base);
        state.value("line_stride", cube.line_stride);
        state.value("surface_stride", cube.surface_stride);
        state.value("batch_stride", cube.batch_stride);
        state.value("width", cube.width);
        state.value("height", cube.height);
        state.value("surfaces", cube.surfaces);
        state.value("batches", cube.batches);
        state.value("atom_bytes", cube.atom_bytes);
        state.value("element_bytes", cube.element_bytes);
    }
}

}  // namespace dla::trace
