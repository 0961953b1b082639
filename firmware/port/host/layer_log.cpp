// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/port/host/layer_log.hpp"

#include <fmt/format.h>

#include <string_view>

#include "dla_tlm/common/interrupts.hpp"
#include "firmware/dla_registers.h"

namespace dla::firmware {
namespace {

constexpr std::array kTypeNames{"BDMA", "CONV", "SDP", "PDP", "CDP", "RUBIK"};

struct DoneSource {
    InterruptSource source;
    dla_op_type type;
};

constexpr std::array kDoneSources{DoneSource{InterruptSource::kBdma, DLA_OP_BDMA},
                                  DoneSource{InterruptSource::kCacc, DLA_OP_CONV},
                                  DoneSource{InterruptSource::kSdp, DLA_OP_SDP},
                                  DoneSource{InterruptSource::kPdp, DLA_OP_PDP},
                                  DoneSource{InterruptSource::kCdp, DLA_OP_CDP},
                                  DoneSource{InterruptSource::kRubik, DLA_OP_RUBIK}};

constexpr std::array<std::string_view, DLA_OP_TYPES> kLeaders{"",    "CACC", "SDP",
                                                              "PDP", "CDP",  "RUBIK"};

constexpr std::uint32_t kSlotMask = 0xfff;

}  // namespace

const char* name_of(dla_op_type type) {
    return kTypeNames[type];
}

LayerLog::LayerLog(const HardwareConfig& hardware) {
    const std::uint32_t* bases = hardware.address_map == regs::AddressMap::kNvFull
                                     ? dla_unit_bases_nv_full
                                     : dla_unit_bases_nv_small;
    bdma_base_ = bases[DLA_UNIT_BDMA];
    const auto add = [&](const char* name, dla_op_type type, unsigned unit, std::uint32_t enable) {
        // A read DMA may use the other group than its unit.
        const bool leads = std::string_view(name) == kLeaders[type];
        units_.push_back({name, type, bases[unit], enable, leads});
    };
    add("CACC", DLA_OP_CONV, DLA_UNIT_CACC, DLA_CACC_D_OP_ENABLE);
    add("CMAC_A", DLA_OP_CONV, DLA_UNIT_CMAC_A, DLA_CMAC_D_OP_ENABLE);
    add("CMAC_B", DLA_OP_CONV, DLA_UNIT_CMAC_B, DLA_CMAC_D_OP_ENABLE);
    add("CSC", DLA_OP_CONV, DLA_UNIT_CSC, DLA_CSC_D_OP_ENABLE);
    add("CDMA", DLA_OP_CONV, DLA_UNIT_CDMA, DLA_CDMA_D_OP_ENABLE);
    add("SDP_RDMA", DLA_OP_SDP, DLA_UNIT_SDP_RDMA, DLA_SDP_RDMA_D_OP_ENABLE);
    add("SDP", DLA_OP_SDP, DLA_UNIT_SDP, DLA_SDP_D_OP_ENABLE);
    add("PDP_RDMA", DLA_OP_PDP, DLA_UNIT_PDP_RDMA, DLA_PDP_RDMA_D_OP_ENABLE);
    add("PDP", DLA_OP_PDP, DLA_UNIT_PDP, DLA_PDP_D_OP_ENABLE);
    add("CDP_RDMA", DLA_OP_CDP, DLA_UNIT_CDP_RDMA, DLA_CDP_RDMA_D_OP_ENABLE);
    add("CDP", DLA_OP_CDP, DLA_UNIT_CDP, DLA_CDP_D_OP_ENABLE);
    add("RUBIK", DLA_OP_RUBIK, DLA_UNIT_RBK, DLA_RUBIK_D_OP_ENABLE);
}

void LayerLog::clear() {
    layers_.clear();
}

void LayerLog::on_write(const Engine& engine, std::uint32_t address, std::uint32_t value,
                        std::uint64_t cycle) {
    const std::uint32_t offset = address & kSlotMask;
    if ((address & ~kSlotMask) == bdma_base_) {
        if (offset == DLA_BDMA_CFG_LAUNCH0) on_enable(engine, "BDMA", DLA_OP_BDMA, 0, cycle);
        if (offset == DLA_BDMA_CFG_LAUNCH1) on_enable(engine, "BDMA", DLA_OP_BDMA, 1, cycle);
        return;
    }
    for (const Unit& unit : units_) {
        if ((address & ~kSlotMask) != unit.base) continue;
        if (offset == DLA_CACC_S_POINTER && unit.leads) producer_[unit.type] = value & 1u;
        if (offset == unit.enable_offset && (value & 1u) != 0)
            on_enable(engine, unit.name, unit.type, producer_[unit.type], cycle);
        return;
    }
}

void LayerLog::on_enable(const Engine& engine, const char* unit, dla_op_type type, unsigned group,
                         std::uint64_t cycle) {
    const auto operation = engine.operation_in_group(type, group);
    if (!operation) return;
    LayerRecord* layer = open_layer(type, group);
    if (layer == nullptr || layer->operation != operation->index || layer->roi != operation->roi) {
        layer = &layers_.emplace_back();
        layer->operation = operation->index;
        layer->roi = operation->roi;
        layer->type = type;
        layer->group = group;
    }
    layer->enables.push_back({unit, cycle});
}

LayerRecord* LayerLog::open_layer(dla_op_type type, unsigned group) {
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer)
        if (layer->type == type && layer->group == group) return layer->done ? nullptr : &*layer;
    return nullptr;
}

std::vector<LayerRecord> LayerLog::on_interrupts(std::uint32_t bits, std::uint64_t cycle) {
    std::vector<LayerRecord> finished;
    for (const unsigned group : {0u, 1u}) {
        const auto came = [&](InterruptSource source) {
            return (bits & interrupt_bit(source, group)) != 0;
        };
        if (LayerRecord* conv = open_layer(DLA_OP_CONV, group)) {
            if (came(InterruptSource::kCdmaWeight)) conv->weight_done = cycle;
            if (came(InterruptSource::kCdmaData)) conv->data_done = cycle;
        }
        for (const DoneSource& done : kDoneSources) {
            if (!came(done.source)) continue;
            if (LayerRecord* layer = open_layer(done.type, group)) {
                layer->done = cycle;
                finished.push_back(*layer);
            }
        }
    }
    return finished;
}

std::string LayerLog::running() const {
    std::string text;
    for (const LayerRecord& layer : layers_) {
        if (layer.done) continue;
        if (!text.empty()) text += ", ";
        text += fmt::format("{} operation {} in group {} since cycle {}", name_of(layer.type),
                            layer.operation, layer.group, layer.enabled());
    }
    return text;
}

}  // namespace dla::firmware
