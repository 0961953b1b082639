// SPDX-License-Identifier: Apache-2.0
// The configuration bus's request as the hardware's pins carry it, and the TLM extension that marks
// a write as posted. spec: csb-and-control.md section 1.
#pragma once

#include <cstdint>
#include <tlm>

namespace dla::csb {

constexpr std::uint32_t kWordAddressBits = 16;
constexpr std::uint32_t kWindowBytes = 1u << (kWordAddressBits + 2);
constexpr std::uint32_t kSlotBytes = 0x1000;

// Core clocks from acceptance to the response of a read or a non-posted write, and for a posted
// write.
constexpr std::uint64_t kResponseCycles = 14;
constexpr std::uint64_t kPostedCycles = 1;

struct Request {
    std::uint16_t word_address;
    std::uint32_t data;
    bool write;
    bool nonposted;

    std::uint32_t byte_address() const { return std::uint32_t{word_address} << 2; }
    bool operator==(const Request&) const = default;
};

// The 50-bit packed form: [15:0] address, [47:16] data, [48] write, [49] nposted.
constexpr std::uint64_t pack(const Request& r) {
    return r.word_address | (std::uint64_t{r.data} << 16) | (std::uint64_t{r.write} << 48) |
           (std::uint64_t{r.nonposted} << 49);
}
constexpr Request unpack(std::uint64_t bits) {
    return {.word_address = static_cast<std::uint16_t>(bits),
            .data = static_cast<std::uint32_t>(bits >> 16),
            .write = ((bits >> 48) & 1) != 0,
            .nonposted = ((bits >> 49) & 1) != 0};
}

// Present on a payload: the write is posted, nobody waits for it. Without it a write is
// acknowledged.
class PostedExtension : public tlm::tlm_extension<PostedExtension> {
  public:
    tlm_extension_base* clone() const override { return new PostedExtension(*this); }
    void copy_from(const tlm_extension_base& /*other*/) override {}
};

}  // namespace dla::csb
