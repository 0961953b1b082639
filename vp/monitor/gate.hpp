// SPDX-License-Identifier: Apache-2.0
// Where the simulation lets others in: jobs of other threads run at safe points, a pause holds the
// simulation, a stop tells those who wait for one.
//
//   Gate gate(Gate::Pause::kBlock);
//   gate.post([&] { ... });             // any thread: runs in the simulation's thread
//   gate.point();                       // simulation: at every event, costs one load
//
// kBlock: a paused simulation stands inside point() until resume(). kFreeze: point() never blocks;
// whoever lets model time pass asks frozen() first, so that register accesses are still answered.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <systemc>
#include <vector>

#include "qemu-bridge/systemc_side/run_control.hpp"

namespace dla::vp::monitor {

class Gate : public bridge::RunControl {
  public:
    enum class Pause : std::uint8_t { kBlock, kFreeze };
    using Job = std::function<void()>;
    // Called when the simulation stops; the words say why.
    using Waiter = std::function<void(const std::string& words)>;
    // What a stop does instead of a pause, where a debugger holds the program that runs.
    using StopAction = std::function<void(const std::string& words)>;

    explicit Gate(Pause pause);
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    ~Gate() override;

    // Any thread. False: the run has ended and the job will not run.
    bool post(Job job);

    // Simulation only.
    void point() {
        if (attention_.load(std::memory_order_relaxed) && pause_ == Pause::kBlock) serve();
    }
    void pause(std::string words);
    void resume();
    // A reason to stop has come: pauses, or hands over to the debugger.
    void stop(const std::string& words);
    void set_stop_action(StopAction action) { stop_action_ = std::move(action); }
    void on_next_stop(std::uint64_t session, Waiter waiter) {
        waiters_.push_back({session, std::move(waiter)});
    }
    // Whoever waited there is gone.
    void forget(std::uint64_t session);
    void ask_guest_stop();
    bool paused() const { return paused_; }
    // Why the simulation stopped last; empty after it was resumed.
    const std::string& reason() const { return reason_; }

    // No more jobs; what waits is dropped.
    void close();

    // RunControl.
    int wake_descriptor() const override { return wake_; }
    bool serve() override;
    bool frozen() const override { return paused_; }
    const sc_core::sc_event& stopped() const override { return stopped_; }
    bool take_guest_stop() override;

  private:
    bool run_jobs();
    void tell(const std::string& words);

    Pause pause_;
    int wake_;
    std::atomic<bool> attention_{false};
    std::mutex mutex_;
    std::condition_variable posted_;
    std::deque<Job> jobs_;
    bool closed_ = false;

    bool paused_ = false;
    bool serving_ = false;
    bool guest_stop_ = false;
    std::string reason_;
    struct Waiting {
        std::uint64_t session;
        Waiter tell;
    };
    std::vector<Waiting> waiters_;
    StopAction stop_action_;
    sc_core::sc_event stopped_;
};

}  // namespace dla::vp::monitor
