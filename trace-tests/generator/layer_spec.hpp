// SPDX-License-Identifier: Apache-2.0
// What to generate: one layer in plain numbers, and how its trace is to end.
#pragma once

#include <cstdint>
#include <string>

#include "dla_tlm/common/hardware_config.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::trace {

enum class LayerKind : std::uint8_t { kConvolution, kSdp, kPooling, kCopy, kRegisters };
enum class PoolingMethod : std::uint8_t { kAverage = 0, kMax = 1, kMin = 2 };

// How the .txn form learns that the layer is done.
enum class Ending : std::uint8_t {
    kWait,       // one wait, then the status bit of the last unit
    kPoll,       // reads S_INTR_STATUS until the bit is set
    kWaitEach,   // a wait per interrupt, clear all, read back 0
    kWaitNamed,  // the same, and each wait checks which interrupt it was
};

struct LayerSpec {
    std::string name = "layer";
    LayerKind kind = LayerKind::kConvolution;
    Precision precision = Precision::kInt8;
    unsigned width = 8;  // of the input; copy: bytes of a line
    unsigned height = 8;
    unsigned channels = 32;  // copy: surfaces
    unsigned kernels = 16;
    unsigned kernel_width = 3;
    unsigned kernel_height = 3;
    unsigned stride = 1;
    unsigned pad = 0;  // on all four sides
    std::int32_t pad_value = 0;
    unsigned dilation = 1;
    PoolingMethod method = PoolingMethod::kMax;
    bool bias = false;
    bool relu = false;
    unsigned line_gap = 0;     // atoms between the output's lines
    unsigned surface_gap = 0;  // atoms between the output's surfaces
    Memory memory = Memory::kPrimary;
    Ending ending = Ending::kWait;
    bool expect_unflushed = false;  // reads FLUSH_DONE as 0 early in the trace
    std::uint64_t seed = 1;
};

}  // namespace dla::trace
