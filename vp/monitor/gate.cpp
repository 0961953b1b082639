// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/gate.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace dla::vp::monitor {

Gate::Gate(Pause pause) : pause_(pause), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Gate::~Gate() {
    if (wake_ >= 0) ::close(wake_);
}

bool Gate::post(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return false;
        jobs_.push_back(std::move(job));
        attention_.store(true, std::memory_order_relaxed);
    }
    posted_.notify_one();
    (void)eventfd_write(wake_, 1);
    return true;
}

void Gate::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    jobs_.clear();
    waiters_.clear();
}

bool Gate::run_jobs() {
    bool ran = false;
    for (;;) {
        Job job;
        {
            const std::lock_guard lock(mutex_);
            if (jobs_.empty()) {
                attention_.store(paused_ && pause_ == Pause::kBlock, std::memory_order_relaxed);
                return ran;
            }
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job();
        ran = true;
    }
}

bool Gate::serve() {
    if (serving_) return false;  // an event inside a job
    if (!attention_.load(std::memory_order_relaxed) && !(paused_ && pause_ == Pause::kBlock))
        return false;
    serving_ = true;
    eventfd_t rung = 0;
    (void)eventfd_read(wake_, &rung);
    bool ran = run_jobs();
    while (paused_ && pause_ == Pause::kBlock) {
        {
            std::unique_lock lock(mutex_);
            posted_.wait(lock, [this] { return !jobs_.empty(); });
        }
        ran = run_jobs() || ran;
    }
    serving_ = false;
    return ran;
}

void Gate::tell(const std::string& words) {
    reason_ = words;
    for (const Waiting& waiting : std::exchange(waiters_, {}))
        waiting.tell(words);
}

void Gate::forget(std::uint64_t session) {
    std::erase_if(waiters_, [&](const Waiting& waiting) { return waiting.session == session; });
}

void Gate::pause(std::string words) {
    paused_ = true;
    attention_.store(true, std::memory_order_relaxed);
    stopped_.notify(sc_core::SC_ZERO_TIME);
    tell(words);
}

void Gate::resume() {
    paused_ = false;
    reason_.clear();
}

void Gate::stop(const std::string& words) {
    if (stop_action_) {
        stop_action_(words);
    } else {
        pause(words);
        point();
    }
}

void Gate::ask_guest_stop() {
    guest_stop_ = true;
    stopped_.notify(sc_core::SC_ZERO_TIME);
}

bool Gate::take_guest_stop() {
    return std::exchange(guest_stop_, false);
}

}  // namespace dla::vp::monitor
