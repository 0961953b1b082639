// SPDX-License-Identifier: Apache-2.0
// A saved DLA with its memories as a value, and its file:
//
//   bytes 0-7    "DLASTATE"
//   bytes 8-11   version of the format, little-endian
//   bytes 12-15  CRC-32 of the payload
//   bytes 16-23  length of the payload
//   payload      a FlatBuffer of state.fbs
//
//   if (auto written = write_state("layer3.state", state); !written) ...
//   auto state = read_state("layer3.state");          // names what is wrong with the file
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"
#include "dla_tlm/common/state_visitor.hpp"

namespace dla::vp {

constexpr std::uint32_t kStateVersion = 1;

struct StateRegion {
    bool second_memory;
    std::uint64_t address;
    std::vector<std::uint8_t> bytes;
};

struct SavedState {
    std::string subject;
    std::uint64_t time = 0;
    std::vector<StateSection> sections{};
    std::vector<StateRegion> regions{};  // by memory and address

    // Null when there is none of that name.
    const StateSection* section(std::string_view name) const;
};

// The file appears whole or not at all.
Result<void> write_state(const std::string& path, const SavedState& state);
Result<SavedState> read_state(const std::string& path);

}  // namespace dla::vp
