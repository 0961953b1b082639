// SPDX-License-Identifier: Apache-2.0
// A DLA with its memories, without a CPU: what the trace player and the host firmware run on.
//
//   Platform platform("platform", config);
//   initiator.csb.bind(platform.dla().csb);
//   initiator.irq.bind(platform.irq());
#pragma once

#include <memory>
#include <systemc>

#include "dla_tlm/core/dla.hpp"
#include "vp/platform/memory.hpp"

namespace dla::vp {

// Where the original test bench and the public platform put memory.
struct PlatformMap {
    MemoryRegion main_memory{.base = 0x80000000, .bytes = 0x80000000};
    MemoryRegion second_memory{.base = 0x50000000, .bytes = 0x10000000};
};

class Platform : public sc_core::sc_module {
  public:
    Platform(sc_core::sc_module_name name, const HardwareConfig& config,
             const TimingMode& timing = {}, const PlatformMap& map = {});

    Dla& dla() { return dla_; }
    Memory& main_memory() { return main_memory_; }
    Memory& second_memory() { return second_memory_; }
    sc_core::sc_signal<bool>& irq() { return irq_; }

    // The memory that holds all of the bytes, or null.
    Memory* memory_at(std::uint64_t address, std::uint64_t size);

  private:
    Dla dla_;
    Memory main_memory_;
    Memory second_memory_;
    sc_core::sc_signal<bool> irq_;
};

}  // namespace dla::vp
