// SPDX-License-Identifier: Apache-2.0
// The two lookup tables of SDP and CDP and the register port through which software fills them.
// spec: sdp.md 7.1, evidence-nv_small.md section 1 (CDP).
//
//   LutMemory lut(LutPort::kSdp);
//   lut.write_access_cfg(0x00020000);            // table LE, entry 0, direction write
//   lut.write_access_data(0x1234);               // stores and moves on
//   kernel(lut.tables());
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace dla::lut {

constexpr unsigned kLeEntries = 65;   // "raw" table
constexpr unsigned kLoEntries = 257;  // "density" table

// s(16) or fp16 patterns.
struct Tables {
    std::array<std::int16_t, kLeEntries> le{};
    std::array<std::int16_t, kLoEntries> lo{};

    bool operator==(const Tables&) const = default;
};

// What the two units do differently at the port.
enum class LutPort : std::uint8_t {
    kSdp,  // the address runs on past the table (such writes are lost); reads answer at once
    kCdp   // the address stays at the last entry; a read answers what the read before it latched
};

class LutMemory {
  public:
    explicit LutMemory(LutPort port) : port_(port) {}

    const Tables& tables() const { return tables_; }

    void write_access_cfg(std::uint32_t word);
    // With the address as the accesses so far have moved it.
    std::uint32_t read_access_cfg() const;
    void write_access_data(std::uint32_t word);
    std::uint32_t read_access_data();

    void reset();
    std::vector<std::uint32_t> state() const;
    bool restore(std::span<const std::uint32_t> words);
    static constexpr std::size_t kStateWords = kLeEntries + kLoEntries + 2;

  private:
    std::int16_t* entry();
    void advance();

    LutPort port_;
    Tables tables_;
    std::uint32_t address_ = 0;
    bool table_lo_ = false;
    bool writing_ = false;
    std::uint16_t latched_ = 0;
};

}  // namespace dla::lut
