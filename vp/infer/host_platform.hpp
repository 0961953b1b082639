// SPDX-License-Identifier: Apache-2.0
// The runtime's Platform in this process: a simulated DLA with memory, driven by the host firmware.
//
//   HostPlatform platform(config, timing);
//   runtime::Runtime runtime(platform);       // ... load, bind, run
//   for (const TaskRun& run : platform.runs()) ...
//
// Call from sc_main, not from a process of the simulation.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "firmware/port/host/host_driver.hpp"
#include "runtime/port/platform.hpp"
#include "vp/infer/bus_memory.hpp"
#include "vp/infer/layer_watch.hpp"
#include "vp/platform/platform.hpp"
#include "vp/state/platform_state.hpp"

namespace dla::vp {

// One DLA task that ran to its end.
struct TaskRun {
    runtime::DlaTask task;
    firmware::TaskReport report;
    std::vector<std::optional<LayerOutput>> outputs;  // by operation
    std::vector<LayerCost> costs;                     // by operation
};

// The configuration by name or .yaml file; where the name is empty, the one the loadable tells of:
// atoms of 8 bytes mean nv_small, other loadables do not tell and get nv_full.
Result<HardwareConfig> config_for(const std::string& name, const runtime::Loadable& loadable);

class HostPlatform : public runtime::Platform, private firmware::HostSurroundings {
  public:
    HostPlatform(const HardwareConfig& config, const TimingMode& timing);
    ~HostPlatform() override;

    unsigned num_devices() const override { return 1; }
    Result<runtime::MappedMemory> allocate(unsigned device, std::uint64_t size,
                                           runtime::MemoryDomain domain) override;
    void free(unsigned device, const runtime::MappedMemory& memory) override;
    Result<void> submit(unsigned device, std::span<const runtime::TaskAddress> addresses) override;

    const std::vector<TaskRun>& runs() const { return runs_; }
    void forget_runs() { runs_.clear(); }
    void set_progress(LayerWatch::Progress progress) { progress_ = std::move(progress); }
    Dla& dla() { return platform_.dla(); }
    vp::Platform& platform() { return platform_; }

    // Asked before every DLA task of a run, from 0; false: the task has run, its results are there.
    using BeforeTask = std::function<Result<bool>(unsigned task)>;
    void set_before_task(BeforeTask before_task) { before_task_ = std::move(before_task); }
    // The next task is the first of another run.
    void begin_run() { task_ = 0; }

    // Hardware and memory between tasks; waits until the DLA has come to rest.
    Result<SavedState> save(const std::string& subject);
    Result<void> restore(const SavedState& state, const std::string& subject);
    Result<void> restore_memory(const SavedState& state) {
        return restore_memories(platform_, state);
    }
    void visit_firmware(StateVisitor& state) { driver_.visit_state(state); }

  private:
    std::span<std::uint8_t> bytes(std::uint64_t bus_address, std::uint64_t size) override;
    bool moving() const override { return platform_.dla().moving(); }
    std::string explain_hang() const override;
    void called(const char* call, std::uint64_t begin, std::uint64_t end) override {
        dla().events().firmware({call, begin, end, ""});
    }
    void log(firmware::LogLevel level, std::string_view text) override;

    firmware::HostTask host_task(std::span<const runtime::TaskAddress> addresses) const;
    std::string with_firmware_words(std::string message) const;
    Result<firmware::TaskReport> simulate(const firmware::HostTask& task);
    const BusMemory& pages_of(std::uint64_t address) const;
    void flush_buffer();

    HardwareConfig config_;
    // mutable: the platform hands out its parts by reference only.
    mutable vp::Platform platform_;
    firmware::HostDriver driver_;
    BusMemory main_pages_;
    BusMemory second_pages_;
    LayerWatch::Progress progress_;
    BeforeTask before_task_;
    unsigned task_ = 0;  // of the run
    std::vector<TaskRun> runs_;
    std::vector<std::string> firmware_words_;  // warnings and errors of the task that runs
};

}  // namespace dla::vp
