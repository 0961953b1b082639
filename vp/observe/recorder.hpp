// SPDX-License-Identifier: Apache-2.0
// Records what the register bus and the memories of a DLA saw as a trace that `dla-vp trace`
// replays on a fresh DLA: registers in their order and at their clocks, waits for interrupts, only
// the memory that was read before it was written, and as golden what the DLA wrote.
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
#include "vp/observe/record_writer.hpp"

namespace dla::vp {

enum class RecordDialect : std::uint8_t { kTxn, kCfg };

class Recorder : public EventSink {
  public:
    // The configuration must outlive the recorder.
    explicit Recorder(const HardwareConfig& config) : config_(config) {}

    void on_csb(const CsbEvent& event) override;
    void on_memory(const MemoryEvent& event) override;
    void on_interrupt(const InterruptEvent& event) override;
    void on_reset(const std::uint64_t& cycle) override;

    // Writes FOLDER/input.txn, or FOLDER/NAME.cfg where NAME is the folder's, and the data files.
    Result<void> write(const std::string& folder,
                       RecordDialect dialect = RecordDialect::kTxn) const;

  private:
    void add_write(const CsbEvent& event);
    void add_read(std::uint64_t cycle, std::uint32_t address, std::uint32_t mask,
                  std::uint32_t expected);
    void begin(std::uint64_t cycle);
    void read_register(const CsbEvent& event);
    void wait_for_raised(std::uint64_t next_access);
    void note_visible(const InterruptEvent& event);
    std::uint64_t first_free_cycle() const;
    std::uint32_t address_of(const char* unit, const char* name) const;

    const HardwareConfig& config_;
    std::vector<RecordStep> steps_;
    std::array<RecordedMemory, 2> memories_;  // main, second
    std::size_t synchronised_ = 0;            // steps up to the last wait for an interrupt
    std::uint32_t status_ = 0;
    std::uint32_t visible_ = 0;                    // not masked
    std::uint32_t raised_ = 0;                     // interrupts that no step waits for yet
    std::uint64_t raise_cycle_ = 0;                // of the newest
    std::uint64_t last_access_ = 0;                // cycle
    std::uint64_t glb_write_ = ~std::uint64_t{0};  // cycle
    bool repeated_ = false;
    bool begun_ = false;
};

}  // namespace dla::vp
