// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/testing/stub_dla.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_tlm/common/interrupts.hpp"
#include "firmware/dla_registers.h"

namespace dla::firmware::testing {
namespace {

struct UnitShape {
    const char* name;
    unsigned number;
    std::uint32_t op_enable;
};

constexpr std::array kShapes = {
    UnitShape{"CACC", DLA_UNIT_CACC, DLA_CACC_D_OP_ENABLE},
    UnitShape{"CMAC_A", DLA_UNIT_CMAC_A, DLA_CMAC_D_OP_ENABLE},
    UnitShape{"CMAC_B", DLA_UNIT_CMAC_B, DLA_CMAC_D_OP_ENABLE},
    UnitShape{"CSC", DLA_UNIT_CSC, DLA_CSC_D_OP_ENABLE},
    UnitShape{"CDMA", DLA_UNIT_CDMA, DLA_CDMA_D_OP_ENABLE},
    UnitShape{"SDP", DLA_UNIT_SDP, DLA_SDP_D_OP_ENABLE},
    UnitShape{"SDP_RDMA", DLA_UNIT_SDP_RDMA, DLA_SDP_RDMA_D_OP_ENABLE},
    UnitShape{"PDP", DLA_UNIT_PDP, DLA_PDP_D_OP_ENABLE},
    UnitShape{"PDP_RDMA", DLA_UNIT_PDP_RDMA, DLA_PDP_RDMA_D_OP_ENABLE},
    UnitShape{"CDP", DLA_UNIT_CDP, DLA_CDP_D_OP_ENABLE},
    UnitShape{"CDP_RDMA", DLA_UNIT_CDP_RDMA, DLA_CDP_RDMA_D_OP_ENABLE},
    UnitShape{"RBK", DLA_UNIT_RBK, DLA_RUBIK_D_OP_ENABLE},
};

std::uint32_t base_of(regs::AddressMap map, unsigned number) {
    return (map == regs::AddressMap::kNvFull ? dla_unit_bases_nv_full
                                             : dla_unit_bases_nv_small)[number];
}

struct TypeShape {
    const char* name;
    const char* unit;  // whose completion counts
    std::uint32_t dst;
    InterruptSource source;
};

const std::array<TypeShape, DLA_OP_TYPES> kTypes = {{
    {"BDMA", "", 0, InterruptSource::kBdma},
    {"CONV", "CACC", DLA_CACC_D_DATAOUT_ADDR, InterruptSource::kCacc},
    {"SDP", "SDP", DLA_SDP_D_DST_BASE_ADDR_LOW, InterruptSource::kSdp},
    {"PDP", "PDP", DLA_PDP_D_DST_BASE_ADDR_LOW, InterruptSource::kPdp},
    {"CDP", "CDP", DLA_CDP_D_DST_BASE_ADDR_LOW, InterruptSource::kCdp},
    {"RUBIK", "RBK", DLA_RUBIK_D_DAOUT_ADDR_LOW, InterruptSource::kRubik},
}};

// FNV-1a with the start value of the reference files.
std::uint64_t fnv1a(const std::vector<std::uint16_t>& entries, std::size_t count) {
    std::uint64_t hash = 1469598103934665603u;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint16_t value = i < entries.size() ? entries[i] : std::uint16_t{0};
        for (const int byte : {value & 0xff, value >> 8}) {
            hash ^= static_cast<unsigned>(byte);
            hash *= 0x100000001b3u;
        }
    }
    return hash;
}

}  // namespace

const char* name_of(dla_op_type type) {
    return kTypes[type].name;
}

StubDla::StubDla(regs::AddressMap map)
    : glb_base_(base_of(map, DLA_UNIT_GLB)), bdma_base_(base_of(map, DLA_UNIT_BDMA)) {
    for (const UnitShape& shape : kShapes) {
        Unit unit;
        unit.name = shape.name;
        unit.base = base_of(map, shape.number);
        unit.op_enable = shape.op_enable;
        units_.push_back(std::move(unit));
    }
}

StubDla::Unit* StubDla::unit_at(std::uint32_t address) {
    for (Unit& unit : units_)
        if ((address & ~0xfffu) == unit.base) return &unit;
    return nullptr;
}

const StubDla::Unit& StubDla::unit(const std::string& name) const {
    for (const Unit& unit : units_)
        if (unit.name == name) return unit;
    return units_.front();
}

StubDla::Unit& StubDla::unit(const std::string& name) {
    return const_cast<Unit&>(static_cast<const StubDla*>(this)->unit(name));
}

std::uint32_t StubDla::read_register(std::uint32_t address) {
    ++accesses;
    if (address == glb_base_ + DLA_GLB_S_INTR_MASK) return mask_;
    if (address == glb_base_ + DLA_GLB_S_INTR_STATUS) return status_;
    if (address == bdma_base_ + DLA_BDMA_STATUS)
        return 20u | (bdma_busy(0) ? DLA_BDMA_STATUS__GRP0_BUSY_MASK : 0u) |
               (bdma_busy(1) ? DLA_BDMA_STATUS__GRP1_BUSY_MASK : 0u);
    Unit* unit = unit_at(address);
    if (unit == nullptr) return 0;
    const std::uint32_t offset = address & 0xfffu;
    if (offset == DLA_CACC_S_POINTER) return unit->producer | (unit->consumer << 16u);
    if (offset == DLA_CACC_S_STATUS) {
        const auto status = [unit](unsigned group) {
            return !unit->active[group] ? 0u : (unit->consumer == group ? 1u : 2u);
        };
        return status(0) | (status(1) << 16u);
    }
    if (unit->name == "CDMA" && offset == DLA_CDMA_S_CBUF_FLUSH_STATUS) return 1;
    const auto& bank = offset < unit->op_enable ? unit->single : unit->groups[unit->producer];
    const auto found = bank.find(offset);
    return found == bank.end() ? 0 : found->second;
}

void StubDla::write_register(std::uint32_t address, std::uint32_t value) {
    ++accesses;
    if ((address & ~0xfffu) == glb_base_) return write_glb(address & 0xfffu, value);
    if ((address & ~0xfffu) == bdma_base_) return write_bdma(address & 0xfffu, value);
    Unit* unit = unit_at(address);
    if (unit == nullptr) {
        violations.push_back(fmt::format("write to 0x{:05x}, where no unit is", address));
        return;
    }
    const std::uint32_t offset = address & 0xfffu;
    if (offset == DLA_CACC_S_POINTER) {
        unit->producer = value & 1u;
    } else if (offset >= unit->op_enable) {
        write_grouped(*unit, offset, value);
    } else {
        if (offset == DLA_SDP_S_LUT_ACCESS_CFG) lut_[unit->name][(value >> 16u) & 1u].clear();
        if (offset == DLA_SDP_S_LUT_ACCESS_DATA)
            lut_[unit->name][(unit->single[DLA_SDP_S_LUT_ACCESS_CFG] >> 16u) & 1u].push_back(
                static_cast<std::uint16_t>(value));
        if (unit->active[0] || unit->active[1])
            violations.push_back(
                fmt::format("{}+0x{:03x} written while a group is active", unit->name, offset));
        unit->single[offset] = value;
    }
}

void StubDla::write_grouped(Unit& unit, std::uint32_t offset, std::uint32_t value) {
    if (unit.active[unit.producer]) {
        violations.push_back(
            fmt::format("{}+0x{:03x} of busy group {} written", unit.name, offset, unit.producer));
        return;
    }
    if (offset != unit.op_enable) {
        unit.groups[unit.producer][offset] = value;
        for (unsigned type = DLA_OP_CONV; type < DLA_OP_TYPES; ++type)
            if (unit.name == kTypes[type].unit && offset == kTypes[type].dst)
                happened(Step::kProgrammed, static_cast<dla_op_type>(type), unit.producer);
        return;
    }
    if ((value & 1u) != 0) enable(unit);
}

void StubDla::enable(Unit& unit) {
    const unsigned group = unit.producer;
    unit.active[group] = true;
    if (unit.name == "SDP" || unit.name == "PDP" || unit.name == "CDP")
        rdma_paired_[unit.name][group] = last_enabled_ == unit.name + "_RDMA";
    last_enabled_ = unit.name;
    if (keep_log) log_registers(unit);
    for (unsigned type = DLA_OP_CONV; type < DLA_OP_TYPES; ++type)
        if (unit.name == kTypes[type].unit)
            happened(Step::kEnabled, static_cast<dla_op_type>(type), group);
}

void StubDla::happened(Step step, dla_op_type type, unsigned group) {
    const std::uint32_t dst = type == DLA_OP_BDMA
                                  ? bdma_dst_[group]
                                  : unit(kTypes[type].unit).groups[group][kTypes[type].dst];
    timeline.push_back({step, type, group, dst});
}

void StubDla::log_registers(const Unit& unit) {
    const unsigned group = unit.producer;
    log.push_back(fmt::format("ENABLE {} group {}", unit.name, group));
    for (const auto& [offset, value] : unit.single)
        if (offset > DLA_SDP_S_LUT_ACCESS_DATA)
            log.push_back(fmt::format("  {}+0x{:03x} = 0x{:08x}", unit.name, offset, value));
    for (const auto& [offset, value] : unit.groups[group])
        log.push_back(fmt::format("  {}+0x{:03x} = 0x{:08x}", unit.name, offset, value));
    if (unit.name == "SDP" || unit.name == "CDP") log_lut(unit);
}

void StubDla::log_lut(const Unit& unit) {
    const auto& tables = lut_[unit.name];
    log.push_back(fmt::format("  lut le={:016x} lo={:016x}", fnv1a(tables[0], DLA_LUT_LE_ENTRIES),
                              fnv1a(tables[1], DLA_LUT_LO_ENTRIES)));
}

void StubDla::write_glb(std::uint32_t offset, std::uint32_t value) {
    if (offset == DLA_GLB_S_INTR_MASK) mask_ = value;
    if (offset == DLA_GLB_S_INTR_SET) status_ |= value;
    if (offset == DLA_GLB_S_INTR_STATUS) status_ &= ~value;
}

bool StubDla::bdma_busy(unsigned group) const {
    return std::find(bdma_launched_.begin(), bdma_launched_.end(), group) != bdma_launched_.end();
}

void StubDla::write_bdma(std::uint32_t offset, std::uint32_t value) {
    bdma_[offset] = value;
    if (offset == DLA_BDMA_CFG_OP) {
        // Without shadow registers the queue belongs to the group that is launched next.
        const unsigned group = bdma_busy(0) ? 1 : 0;
        bdma_dst_[group] = bdma_[DLA_BDMA_CFG_DST_ADDR_LOW];
        happened(Step::kProgrammed, DLA_OP_BDMA, group);
        if (!keep_log) return;
        std::string line = "BDMA OP";
        for (std::uint32_t o = 0; o < DLA_BDMA_CFG_OP; o += 4)
            line += fmt::format(" {:08x}", bdma_[o]);
        log.push_back(line);
    }
    if (offset != DLA_BDMA_CFG_LAUNCH0 && offset != DLA_BDMA_CFG_LAUNCH1) return;
    const unsigned group = offset == DLA_BDMA_CFG_LAUNCH0 ? 0 : 1;
    if (bdma_busy(group)) violations.push_back(fmt::format("BDMA group {} launched twice", group));
    bdma_launched_.push_back(group);
    bdma_dst_[group] = bdma_[DLA_BDMA_CFG_DST_ADDR_LOW];
    happened(Step::kEnabled, DLA_OP_BDMA, group);
    if (keep_log) log.push_back(fmt::format("BDMA LAUNCH{}", group));
}

bool StubDla::running(dla_op_type type) const {
    if (type == DLA_OP_BDMA) return !bdma_launched_.empty();
    if (type == DLA_OP_CONV) {
        for (const char* name : {"CACC", "CMAC_A", "CMAC_B", "CSC", "CDMA"})
            if (!unit(name).active[unit(name).consumer]) return false;
        return true;
    }
    const Unit& main = unit(kTypes[type].unit);
    if (!main.active[main.consumer]) return false;
    if (!follows_data_flow || !flying(type)) return true;
    return (type == DLA_OP_SDP ? for_sdp_ : for_pdp_) > 0;
}

bool StubDla::flying(dla_op_type type) const {
    const Unit& main = unit(kTypes[type].unit);
    const auto& registers = main.groups[main.consumer];
    if (type == DLA_OP_SDP) {
        const auto found = registers.find(DLA_SDP_D_FEATURE_MODE_CFG);
        return found != registers.end() &&
               (found->second & DLA_SDP_D_FEATURE_MODE_CFG__FLYING_MODE_MASK) != 0;
    }
    if (type != DLA_OP_PDP) return false;
    const auto found = registers.find(DLA_PDP_D_OPERATION_MODE_CFG);
    return found != registers.end() &&
           (found->second & DLA_PDP_D_OPERATION_MODE_CFG__FLYING_MODE_MASK) == 0;
}

void StubDla::complete(const std::string& name) {
    Unit& finished = unit(name);
    finished.active[finished.consumer] = false;
    finished.consumer ^= 1u;
}

void StubDla::raise(unsigned bit) {
    status_ |= 1u << bit;
}

void StubDla::raise_cdma(bool data) {
    const unsigned group = unit("CDMA").consumer;
    const unsigned flag = data ? 1 : 2;
    if (!running(DLA_OP_CONV) || (cdma_raised_[group] & flag) != 0) return;
    cdma_raised_[group] |= flag;
    happened(data ? Step::kDataDone : Step::kWeightDone, DLA_OP_CONV, group);
    raise(static_cast<unsigned>(data ? InterruptSource::kCdmaData : InterruptSource::kCdmaWeight) +
          group);
}

void StubDla::finish(dla_op_type type) {
    if (type == DLA_OP_BDMA) {
        const unsigned group = bdma_launched_.front();
        bdma_launched_.pop_front();
        happened(Step::kCompleted, DLA_OP_BDMA, group);
        raise(static_cast<unsigned>(InterruptSource::kBdma) + group);
        return;
    }
    const Unit& main = unit(kTypes[type].unit);
    const unsigned group = main.consumer;
    if (follows_data_flow && flying(type)) --(type == DLA_OP_SDP ? for_sdp_ : for_pdp_);
    if (type == DLA_OP_SDP && (main.groups[group].at(DLA_SDP_D_FEATURE_MODE_CFG) &
                               DLA_SDP_D_FEATURE_MODE_CFG__OUTPUT_DST_MASK) != 0)
        ++for_pdp_;
    if (type == DLA_OP_CONV) {
        ++for_sdp_;
        raise_cdma(true);
        raise_cdma(false);
        cdma_raised_[group] = 0;
        for (const char* name : {"CMAC_A", "CMAC_B", "CSC", "CDMA"})
            complete(name);
    } else if (type != DLA_OP_RUBIK && rdma_paired_[main.name][group]) {
        complete(main.name + "_RDMA");
    }
    complete(main.name);
    happened(Step::kCompleted, type, group);
    raise(static_cast<unsigned>(kTypes[type].source) + group);
}

bool StubDla::finish_lowest() {
    for (unsigned type = 0; type < DLA_OP_TYPES; ++type) {
        if (!running(static_cast<dla_op_type>(type))) continue;
        finish(static_cast<dla_op_type>(type));
        if (keep_log) log.push_back(fmt::format("IRQ 0x{:06x}", status_));
        return true;
    }
    // Raised by the firmware itself.
    return status_ != 0;
}

}  // namespace dla::firmware::testing
