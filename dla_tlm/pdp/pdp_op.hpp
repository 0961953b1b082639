// SPDX-License-Identifier: Apache-2.0
// One pooling operation in plain numbers: no minus-ones, no codes. spec: pdp.md sections 1 to 7.
//
//   PdpOp op{.method = PoolMethod::kMax, .in_width = 8, ..., .kernel_width = 3, .stride_width = 2};
//
// PdpOp is what PDP itself is told, PdpRdmaOp what its memory reader is told (off line only).
#pragma once

#include <array>
#include <cstdint>

#include "dla_tlm/common/cube.hpp"
#include "dla_tlm/common/hardware_config.hpp"

namespace dla::pdp {

enum class PoolMethod : std::uint8_t { kAverage = 0, kMax = 1, kMin = 2 };

// Widths of vertical stripes in columns; two stripes use first and last.
struct StripeWidths {
    unsigned first = 0;
    unsigned mid = 0;
    unsigned last = 0;

    bool operator==(const StripeWidths&) const = default;
};

constexpr unsigned kPadValues = 8;  // index: number of padded columns or lines, [0] is always 0

struct PdpOp {
    Precision precision = Precision::kInt8;  // what the datapath computes with
    unsigned precision_code = 0;             // what software asked for
    PoolMethod method = PoolMethod::kMax;
    bool on_the_fly = false;
    bool nan_to_zero = false;

    unsigned in_width = 1;
    unsigned in_height = 1;
    unsigned in_channels = 1;
    unsigned out_width = 1;
    unsigned out_height = 1;
    unsigned out_channels = 1;

    unsigned kernel_width = 1;
    unsigned kernel_height = 1;
    unsigned stride_width = 1;
    unsigned stride_height = 1;
    unsigned pad_left = 0;
    unsigned pad_top = 0;
    unsigned pad_right = 0;
    unsigned pad_bottom = 0;
    std::array<std::int32_t, kPadValues> pad_value{};  // integers, or fp17 patterns
    std::uint32_t recip_width = 0x10000;               // 16 fraction bits, or an fp17 pattern
    std::uint32_t recip_height = 0x10000;

    unsigned stripes = 1;
    StripeWidths stripe_in;
    StripeWidths stripe_out;

    unsigned atom_bytes = 32;
    CubePlace dst{};

    unsigned surfaces() const {
        const unsigned lanes = atom_bytes / bytes_per_element(precision);
        return (in_channels + lanes - 1) / lanes;
    }
};

// D_FLYING_MODE of the reader has no effect: the firmware never writes it and hardware runs.
struct PdpRdmaOp {
    unsigned precision_code = 0;
    unsigned width = 1;
    unsigned height = 1;
    unsigned channels = 1;
    unsigned stripes = 1;
    StripeWidths stripe_in;
    unsigned kernel_width = 1;
    unsigned stride_width = 1;
    unsigned pad_left = 0;
    CubePlace src{};
};

}  // namespace dla::pdp
