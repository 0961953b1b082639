// SPDX-License-Identifier: Apache-2.0
// Sources of done interrupts and the interface through which units raise them.
// The value is the bit of group 0 in GLB's registers; group 1 is the next bit. spec:
// csb-and-control.md 3.
#pragma once

#include <cstdint>

namespace dla {

enum class InterruptSource : std::uint8_t {
    kSdp = 0,
    kCdp = 2,
    kPdp = 4,
    kBdma = 6,
    kRubik = 8,
    kCdmaData = 16,
    kCdmaWeight = 18,
    kCacc = 20
};

constexpr std::uint32_t interrupt_bit(InterruptSource source, unsigned group) {
    return std::uint32_t{1} << (static_cast<unsigned>(source) + group);
}

class InterruptSink {
  public:
    virtual ~InterruptSink() = default;
    virtual void raise(InterruptSource source, unsigned group) = 0;
};

}  // namespace dla
