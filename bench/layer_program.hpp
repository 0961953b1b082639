// SPDX-License-Identifier: Apache-2.0
// Register programs of a benchmark layer on nv_full into memory through SDP, cut into strips of
// output lines where the input is larger than CBUF.
//
//   for (const Strip& strip : strips(layer, precision, config))
//       program_strip(layer, precision, strip, group, config);
//
// Image layers are int8.
#pragma once

#include <vector>

#include "bench/bench_layers.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "trace-tests/generator/register_program.hpp"

namespace dla::bench {

inline constexpr std::uint64_t kInputAddress = 0x80000000;
inline constexpr std::uint64_t kChromaAddress = 0x80800000;
inline constexpr std::uint64_t kWeightAddress = 0x81000000;
inline constexpr std::uint64_t kOutputAddress = 0x82000000;
inline constexpr std::uint64_t kMemoryBytes = 0x4000000;  // of all of them

// Output lines and the input lines they need.
struct Strip {
    unsigned first_out;
    unsigned out_lines;
    unsigned first_in;
    unsigned in_lines;
    unsigned pad_top;
    unsigned pad_bottom;
    unsigned entries_per_line;
    unsigned data_banks;
    unsigned weight_banks;
};

std::vector<Strip> strips(const BenchLayer& layer, Precision precision,
                          const HardwareConfig& config);

// Everything but OP_ENABLE.
trace::RegisterProgram program_strip(const BenchLayer& layer, Precision precision,
                                     const Strip& strip, unsigned group,
                                     const HardwareConfig& config);

}  // namespace dla::bench
