// SPDX-License-Identifier: Apache-2.0
// Loading, filling and comparing memory for a trace. No SystemC.
#pragma once

#include <string>

#include "dla_tlm/common/result.hpp"
#include "trace-tests/format/trace.hpp"
#include "trace-tests/player/bench.hpp"
#include "trace-tests/player/layer_tracker.hpp"

namespace dla::trace {

class MemorySteps {
  public:
    // dump_folder: where what memory really held is written as .dat; empty: nowhere.
    MemorySteps(const Trace& trace, Bench& bench, const LayerTracker& layers,
                std::string dump_folder)
        : trace_(trace), bench_(bench), layers_(layers), dump_folder_(std::move(dump_folder)) {}

    // An error here is about the trace or the platform, not about the DLA.
    Result<void> load(const LoadMemory& step);
    Result<void> fill(const FillMemory& step);
    Result<void> write(const WriteWord& step);

    // Empty: as expected. Otherwise what differs, in words.
    Result<std::string> compare(const CompareMemory& step);
    Result<std::string> compare(const CheckCrc& step);
    Result<std::string> compare(const ReadWord& step);

  private:
    struct Region {
        Memory memory;
        std::uint64_t address;
        std::uint64_t size;
    };

    Result<std::span<std::uint8_t>> region(const Region& where);
    std::string first_difference(const Region& where, std::span<const std::uint8_t> expected,
                                 std::span<const std::uint8_t> got) const;
    Result<std::vector<std::uint8_t>> golden(const DataFile& file, std::uint64_t size) const;
    std::string difference_from_checksum(const CheckCrc& step,
                                         std::span<const std::uint8_t> got) const;
    Result<void> dump(std::uint64_t address, std::span<const std::uint8_t> got) const;

    const Trace& trace_;
    Bench& bench_;
    const LayerTracker& layers_;
    std::string dump_folder_;
};

}  // namespace dla::trace
