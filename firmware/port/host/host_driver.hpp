// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// The firmware inside the platform: drives a DLA through its CSB socket and interrupt line, without
// an emulated CPU. Its own instructions take no time, register accesses take what they take on RTL.
//
//   struct Surroundings : HostSurroundings { ... };        // memory, and who waits when it hangs
//   HostDriver driver("driver", config, surroundings);
//   driver.csb.bind(dla.csb);
//   driver.irq(irq_signal);
//   driver.post({addresses, DLA_LAYOUT_B}, [](Result<TaskReport> report) { ... });
//   sc_core::sc_start();                                    // or driver.run_task(...) in an
//   SC_THREAD
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <systemc>
#include <vector>

#include "dla_tlm/common/clock.hpp"
#include "dla_tlm/csb_master/csb_timing.hpp"
#include "firmware/port/host/engine_port.hpp"
#include "firmware/port/host/layer_log.hpp"

namespace dla::firmware {

// One entry of a task's address list.
struct TaskAddress {
    std::uint64_t bus_address;
    std::uint64_t bytes;  // to the end of its memory; the firmware reads and writes no further
};

struct HostTask {
    std::vector<TaskAddress> addresses;
    dla_descriptor_layout layout = DLA_LAYOUT_B;
};

struct TaskReport {
    std::vector<LayerRecord> layers;  // in order of enable
    std::uint64_t first_enable = 0;   // core cycles
    std::uint64_t last_interrupt = 0;
    std::uint64_t interrupts = 0;
    std::uint64_t register_reads = 0;
    std::uint64_t register_writes = 0;
};

class HostSurroundings {
  public:
    virtual ~HostSurroundings() = default;

    // The bytes in place; empty when not all of them are memory.
    virtual std::span<std::uint8_t> bytes(std::uint64_t bus_address, std::uint64_t size) = 0;
    // Whether the DLA will move by itself; when not and no interrupt came, it hangs.
    virtual bool moving() const = 0;
    // Who waits for what, in words; may be empty.
    virtual std::string explain_hang() const { return {}; }
    // An operation's interrupt has been read; its output is in memory and nobody overwrites it yet.
    virtual void layer_done(const LayerRecord& /*layer*/) {}
    // A call into the engine that touched registers, with the core cycles it took.
    virtual void called(const char* /*call*/, std::uint64_t /*begin*/, std::uint64_t /*end*/) {}
    // The firmware's own words.
    virtual void log(LogLevel /*level*/, std::string_view /*text*/) {}
};

class HostDriver : public sc_core::sc_module, private EnginePort {
  public:
    using Finished = std::function<void(Result<TaskReport>)>;

    tlm_utils::simple_initiator_socket<HostDriver> csb;
    sc_core::sc_in<bool> irq;

    HostDriver(sc_core::sc_module_name name, const HardwareConfig& hardware,
               HostSurroundings& surroundings);

    // Blocks the calling SC_THREAD until the task is done or has failed. One at a time.
    Result<TaskReport> run_task(const HostTask& task);
    // Runs the task in the driver's own thread, after those posted before. Any time, from anywhere.
    void post(HostTask task, Finished finished);

    // Between tasks.
    void visit_state(StateVisitor& state) { csb_timing_.visit_state(state); }

  private:
    void serve();
    void note_interrupt();
    Result<void> run_to_end();
    Result<void> wait_for_interrupt();
    void drain();
    template <class Call>
    auto timed(const char* name, Call call);

    std::uint32_t read_register(std::uint32_t address) override;
    void write_register(std::uint32_t address, std::uint32_t value) override;
    bool bus_address(std::int16_t index, std::uint64_t& address) override;
    bool read_memory(std::int16_t index, std::uint64_t offset, void* dst,
                     std::size_t bytes) override;
    bool write_memory(std::int16_t index, std::uint64_t offset, const void* src,
                      std::size_t bytes) override;
    std::int64_t time_us() override;
    void log(LogLevel level, std::string_view text) override;

    std::span<std::uint8_t> view(std::int16_t index, std::uint64_t offset, std::size_t bytes);
    void on_status_read(std::uint32_t status);

    HardwareConfig hardware_;
    HostSurroundings& surroundings_;
    Clock clock_;
    csb::CsbTiming csb_timing_;
    Engine engine_;
    LayerLog layers_;
    std::uint32_t status_address_;
    const HostTask* task_ = nullptr;
    TaskReport report_;
    std::uint32_t seen_status_ = 0;           // bits of the last status read
    std::deque<std::uint64_t> unseen_rises_;  // of the interrupt line, since that read
    std::deque<std::pair<HostTask, Finished>> posted_;
    sc_core::sc_event posted_event_;
};

}  // namespace dla::firmware
