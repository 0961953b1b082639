// SPDX-License-Identifier: Apache-2.0
// Records what the register bus and the memories of a DLA saw as a .txn trace that `dla-vp trace`
// replays on a fresh DLA: registers in their order, waits for interrupts, only the memory that was
// read before it was written, and as golden what the DLA wrote.
//
//   Recorder recorder(config);
//   dla.events().attach(recorder);
//   sc_core::sc_start();
//   if (auto done = recorder.write("record/nv_full/lenet"); !done) ...
#pragma once

#include <array>
#include <string>
#include <vector>

#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/result.hpp"
#include "vp/observe/recorded_memory.hpp"

namespace dla::vp {

class Recorder : public EventSink {
  public:
    // The configuration must outlive the recorder.
    explicit Recorder(const HardwareConfig& config) : config_(config) {}

    void on_csb(const CsbEvent& event) override;
    void on_memory(const MemoryEvent& event) override;
    void on_interrupt(const InterruptEvent& event) override;

    // Writes FOLDER/input.txn and its data files.
    Result<void> write(const std::string& folder) const;

  private:
    enum class Kind : std::uint8_t { kWrite, kRead, kLoad };
    struct Step {
        Kind kind;
        std::uint32_t address;
        std::uint32_t mask;
        std::uint32_t value;  // to write or expected
        RecordedMemory::Region region;
    };

    void add_write(std::uint32_t address, std::uint32_t value);
    void add_read(std::uint32_t address, std::uint32_t mask, std::uint32_t expected);
    void begin(std::uint64_t cycle);
    void read_register(const CsbEvent& event);
    void wait_for_raised();
    std::uint32_t address_of(const char* unit, const char* name) const;
    Result<void> check_addresses() const;

    const HardwareConfig& config_;
    std::vector<Step> steps_;
    std::array<RecordedMemory, 2> memories_;  // main, second
    std::size_t synchronised_ = 0;            // steps up to the last wait for an interrupt
    std::uint32_t status_ = 0;
    std::uint32_t raised_ = 0;  // interrupts that no step waits for yet
    bool begun_ = false;
};

}  // namespace dla::vp
