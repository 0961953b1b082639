// SPDX-License-Identifier: Apache-2.0
// What to generate: one layer in plain numbers, and how its trace is to end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dla_tlm/common/hardware_config.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::trace {

enum class LayerKind : std::uint8_t {
    kConvolution,
    kSdp,
    kPooling,
    kCopy,
    kRegisters,
    kNormalization,
    kReshape
};
enum class PoolingMethod : std::uint8_t { kAverage = 0, kMax = 1, kMin = 2 };
// As RUBIK's register codes them.
enum class Reshaping : std::uint8_t { kContract = 0, kSplit = 1, kMerge = 2 };

// What LE's entries stand for, as SDP's register codes it.
enum class TableFunction : std::uint8_t { kExponent = 0, kLinear = 1, kOff };

constexpr unsigned kNoPixels = 64;  // no code of a pixel format

// How the .txn form learns that the layer is done.
enum class Ending : std::uint8_t {
    kWait,       // one wait, then the status bit of the last unit
    kPoll,       // reads S_INTR_STATUS until the bit is set
    kWaitEach,   // a wait per interrupt, clear all, read back 0
    kWaitNamed,  // the same, and each wait checks which interrupt it was
};

// Of a convolution's data or weights in CBUF.
struct Keeping {
    bool reuse = false;  // they lie there already
    bool keep = false;   // and stay for the next layer
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
    unsigned stride_y = 0;       // 0: as stride; RUBIK: of the contraction, in lines
    unsigned pad = 0;            // on all four sides
    bool pad_two_sides = false;  // left and top only
    std::int32_t pad_value = 0;
    unsigned dilation = 1;
    PoolingMethod method = PoolingMethod::kMax;
    bool bias = false;
    bool relu = false;
    // Convolution of an image: code of the pixel format; precision is that of the sums.
    unsigned pixel_format = kNoPixels;
    bool convert = false;       // convolution: CDMA's converter, for images with their means
    bool winograd = false;      // convolution: kernels of 3x3, input padded to multiples of 4
    unsigned pre_truncate = 0;  // Winograd: bits off the transformed data
    bool compressed = false;    // convolution: weights without their zeros
    Keeping data{};             // convolution
    Keeping weights{};
    std::uint64_t weight_seed = 0;              // convolution: 0: one seed for all
    unsigned group = 0;                         // convolution: of the registers
    std::optional<unsigned> truncate{};         // convolution: bits off the sums; none: what fits
    TableFunction table = TableFunction::kOff;  // convolution: SDP looks its results up
    bool pooled = false;                        // convolution: PDP behind SDP, windows of 2x2
    bool random_steps = false;                  // SDP: any operations in all three steps
    bool compare_equal = false;                 // SDP: EW compares the input with itself
    bool from_sdp = false;                      // pooling on the fly
    unsigned stripes = 1;                       // pooling
    unsigned window = 5;                        // normalization, in channels
    bool square_sum = true;  // normalization: else the table is looked up with the number itself
    bool multiply = true;    // normalization: else the table's value is the result
    Reshaping reshaping = Reshaping::kSplit;
    unsigned line_gap = 0;     // atoms between the output's lines
    unsigned surface_gap = 0;  // atoms between the output's surfaces
    Memory memory = Memory::kPrimary;
    bool output_elsewhere = false;  // in the other memory; convolution: the weights are there
    Ending ending = Ending::kWait;
    bool expect_unflushed = false;  // reads FLUSH_DONE as 0 early in the trace
    std::uint64_t seed = 1;

    unsigned stride_down() const { return stride_y == 0 ? stride : stride_y; }
    unsigned pad_behind() const { return pad_two_sides ? 0 : pad; }
    Memory other_memory() const {
        const Memory other = memory == Memory::kPrimary ? Memory::kSecondary : Memory::kPrimary;
        return output_elsewhere ? other : memory;
    }
};

}  // namespace dla::trace
