// SPDX-License-Identifier: Apache-2.0
// What to disturb and when, as the user says it: one --inject PLACE[,KEY=VALUE...].
//
//   auto spec = parse_flip("cbuf,bank=3,bit=0,at=1200", config);
//   random bits: "register,unit=SDP,rate=1e-5"; what is left out is drawn from the seed.
//
// Numbers may be ranges, FIRST..LAST, to draw from. Everything is checked against the
// configuration, so that a legal spec only fails to hit where nothing is to be hit.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/register_catalogue.hpp"
#include "dla_tlm/common/result.hpp"

namespace dla::vp::inject {

enum class Place : std::uint8_t {
    kRegister,     // unit, name, group, bit
    kTable,        // lookup tables of SDP and CDP: unit, name (LE or LO), entry, bit
    kCbuf,         // bank, entry, byte, bit
    kAccumulator,  // sums in CACC before their delivery: pixel, kernel, bit
    kMemory,       // address, bit
    kSecondMemory
};

constexpr const char* kPlaceNames[] = {"register",    "table",  "cbuf",
                                       "accumulator", "memory", "second-memory"};
constexpr const char* name_of(Place place) {
    return kPlaceNames[static_cast<unsigned>(place)];
}

constexpr bool is_memory(Place place) {
    return place == Place::kMemory || place == Place::kSecondMemory;
}

struct Range {
    std::uint64_t first;
    std::uint64_t last;
};

struct FlipSpec {
    std::string text;  // as given
    Place place;
    std::string unit{};  // empty: drawn
    std::string name{};  // of the register or table; empty: drawn
    std::map<std::string, Range, std::less<>> numbers{};
    std::optional<Range> at{};  // cycles of the core clock
    double rate = 0;            // flips per cycle; 0: one flip, at `at`

    // The range given under the key, or all of the legal one.
    Range number(std::string_view key, Range legal) const {
        const auto found = numbers.find(key);
        return found == numbers.end() ? legal : found->second;
    }
};

// A bit of a register that is stored; group 0 where the register has one copy only.
struct RegisterBit {
    const regs::CatalogueUnit* unit;
    const RegisterInfo* info;
    unsigned index;  // in the unit's table
    unsigned group;
    unsigned bit;
};

// Every register bit the spec can mean on this configuration, in the order of the catalogue.
std::vector<RegisterBit> register_bits(const FlipSpec& spec, const HardwareConfig& config);

// needs_time: false leaves out when, for whoever draws that himself.
Result<FlipSpec> parse_flip(const std::string& text, const HardwareConfig& config,
                            bool needs_time = true);

}  // namespace dla::vp::inject
