// SPDX-License-Identifier: Apache-2.0
// Follows register writes and remembers where every layer puts its result, so that a wrong byte can
// be named by layer and place in the cube.
//
//   tracker.write(address, value);
//   tracker.describe(Memory::kPrimary, 0x80800123);
//   // "layer 2, SDP group 0: surface 0, line 1, column 4, lane 3 (channel 3)"
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/register_file.hpp"
#include "dla_tlm/common/state_visitor.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::trace {

struct DestinationCube {
    std::string unit;
    unsigned group = 0;
    Memory memory = Memory::kPrimary;
    std::uint64_t base = 0;
    std::uint32_t line_stride = 0;
    std::uint32_t surface_stride = 0;
    std::uint32_t batch_stride = 0;
    unsigned width = 1;
    unsigned height = 1;
    unsigned surfaces = 1;
    unsigned batches = 1;
    unsigned atom_bytes = 1;
    unsigned element_bytes = 1;
};

class LayerTracker {
  public:
    explicit LayerTracker(const HardwareConfig& config);

    // True: the write enabled a unit (D_OP_ENABLE, BDMA launch).
    bool write(std::uint32_t address, std::uint32_t value);

    // Words for the last layer that wrote there; empty when none did.
    std::string describe(Memory memory, std::uint64_t address) const;

    void visit_state(StateVisitor& state);

  private:
    struct Mirror {
        const regs::CatalogueUnit* unit;
        RegisterFile regs;
    };

    const Mirror* mirror(const char* unit) const;
    void note_layer(const Mirror& unit, unsigned group);
    std::optional<DestinationCube> sdp_cube(const Mirror& sdp, unsigned group) const;
    std::optional<DestinationCube> pdp_cube(const Mirror& pdp, unsigned group) const;
    std::optional<DestinationCube> cdp_cube(const Mirror& cdp, unsigned group) const;
    std::optional<DestinationCube> bdma_cube(const Mirror& bdma, unsigned group) const;
    std::optional<DestinationCube> rubik_cube(const Mirror& rubik, unsigned group) const;

    HardwareConfig config_;
    std::map<std::uint32_t, Mirror> mirrors_;  // by slot
    std::vector<DestinationCube> layers_;
};

}  // namespace dla::trace
