// SPDX-License-Identifier: Apache-2.0
// A recorded run as trace text in either dialect.
//
//   if (auto done = write_txn(record, "record/nv_full/lenet"); !done) ...
//   if (auto done = write_cfg(record, "record/nv_small/lenet", "lenet"); !done) ...
#pragma once

#include <array>
#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/result.hpp"
#include "vp/observe/recorded_memory.hpp"

namespace dla::vp {

struct RecordStep {
    // kInterrupt: the bit of this number came and was not masked.
    enum class Kind : std::uint8_t { kWrite, kRead, kLoad, kInterrupt };

    Kind kind;
    std::uint32_t address;  // of the register
    std::uint32_t mask;     // of a read
    std::uint32_t value;    // to write or expected; kInterrupt: the bit's number
    std::uint64_t cycle;
    bool second_memory = false;  // kLoad
    RecordedMemory::Region region{};
};

struct Record {
    const HardwareConfig& config;
    std::vector<RecordStep> steps;
    std::array<std::vector<RecordedMemory::Region>, 2> initial;  // main, second memory
    std::array<std::vector<RecordedMemory::Region>, 2> golden;
    bool repeated_interrupt = false;  // one came again before software had cleared it
};

Result<void> write_txn(const Record& record, const std::string& folder);
Result<void> write_cfg(const Record& record, const std::string& folder, const std::string& name);

}  // namespace dla::vp
