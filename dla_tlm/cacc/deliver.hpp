// SPDX-License-Identifier: Apache-2.0
// Delivery of finished integer sums to SDP: shift with rounding, saturation to 32 bits, order of
// surfaces. spec: conv-pipeline.md section 8.1.
//
//   saturated += deliver(sums, kernel - sums_first_kernel, lanes, clip_truncate, values);
#pragma once

#include <cstdint>
#include <span>

#include "dla_tlm/cacc/accumulators.hpp"
#include "dla_tlm/common/accumulator_view.hpp"

namespace dla::cacc {

// One element; counts it in saturated if hardware would.
std::int32_t clip(std::int64_t sum, unsigned truncate, std::uint64_t& saturated);

struct PixelRange {
    std::size_t first;
    std::size_t end;
};

// One surface of the chunk: values[pixel * lanes + lane] from kernels first_kernel ... of sums
// (an index into sums); lanes beyond the last kernel become 0. Returns the saturated elements.
// Precondition: values.size() == sums.pixels() * lanes.
std::uint64_t deliver(const Accumulators& sums, std::size_t first_kernel, std::size_t lanes,
                      unsigned truncate, std::span<std::int32_t> values);

// Some pixels of it: values[(pixel - pixels.first) * lanes + lane]. Any number of threads at once.
std::uint64_t deliver(const Accumulators& sums, PixelRange pixels, std::size_t first_kernel,
                      std::size_t lanes, unsigned truncate, std::span<std::int32_t> values);

// The same values in place, where delivery changes none of them; else empty.
AccumulatorView delivered_in_place(const Accumulators& sums, std::size_t first_kernel,
                                   std::size_t lanes, unsigned truncate);

}  // namespace dla::cacc
