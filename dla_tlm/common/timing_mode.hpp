// SPDX-License-Identifier: Apache-2.0
// Whether and how simulated time passes, and the memory behind the ports. spec: timing.md
// section 3. Also how many host threads compute; it changes no result.
#pragma once

#include <cstdint>

#include "dla_tlm/common/memory_access.hpp"
#include "dla_tlm/common/memory_timing.hpp"

namespace dla {

struct TimingMode {
    // What a layer takes with timing off: long enough for software to see it run and to take its
    // interrupts one by one.
    static constexpr std::uint64_t kTokenCycles = 400;

    bool enabled = true;   // false: layers take only the token time, results are the same bits
    unsigned threads = 0;  // of the host, for large layers; 0: one per processor
    MemoryTiming primary{};
    MemoryTiming secondary{};

    const MemoryTiming& memory(Ram ram) const { return ram == Ram::kPrimary ? primary : secondary; }
};

}  // namespace dla
