// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Which operation ran where and when, learnt from the register accesses of the firmware. No
// SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "firmware/port/host/engine_port.hpp"

namespace dla::firmware {

struct UnitEnable {
    const char* unit;
    std::uint64_t cycle;
};

// One operation. Cycles are those of the core clock; done is the interrupt's.
struct LayerRecord {
    int operation = 0;  // position in the network
    unsigned roi = 0;
    dla_op_type type = DLA_OP_BDMA;
    unsigned group = 0;
    std::vector<UnitEnable> enables;  // in order; the layer begins with the last
    std::optional<std::uint64_t> weight_done;
    std::optional<std::uint64_t> data_done;
    std::optional<std::uint64_t> done;

    std::uint64_t enabled() const { return enables.empty() ? 0 : enables.back().cycle; }
};

const char* name_of(dla_op_type type);

class LayerLog {
  public:
    explicit LayerLog(const HardwareConfig& hardware);

    void clear();
    // A register write that has just happened.
    void on_write(const Engine& engine, std::uint32_t address, std::uint32_t value,
                  std::uint64_t cycle);
    // Interrupt bits that were not set when last looked at, and when they came. Returns the layers
    // that are done by them.
    std::vector<LayerRecord> on_interrupts(std::uint32_t bits, std::uint64_t cycle);

    const std::vector<LayerRecord>& layers() const { return layers_; }
    // Operations that are enabled and not done, in words; empty if none.
    std::string running() const;

  private:
    struct Unit {
        const char* name;
        dla_op_type type;
        std::uint32_t base;
        std::uint32_t enable_offset;
        bool leads;  // its producer pointer tells the group of the operation
    };

    void on_enable(const Engine& engine, const char* unit, dla_op_type type, unsigned group,
                   std::uint64_t cycle);
    LayerRecord* open_layer(dla_op_type type, unsigned group);

    std::vector<Unit> units_;
    std::array<unsigned, DLA_OP_TYPES> producer_{};
    std::uint32_t bdma_base_;
    std::vector<LayerRecord> layers_;
};

}  // namespace dla::firmware
