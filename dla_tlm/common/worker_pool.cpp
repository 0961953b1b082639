// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace dla {
namespace {

// Loops and tasks follow each other closely: a thread looks for the next one so long before it
// sleeps, because waking it costs as much.
constexpr std::chrono::microseconds kPatience{50};

template <class Condition>
bool comes_soon(const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= until) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace

WorkerPool::WorkerPool(unsigned workers) {
    if (workers == 0) workers = std::max(1u, std::thread::hardware_concurrency());
    for (unsigned worker = 1; worker < workers; ++worker)
        threads_.emplace_back([this, worker] { run(worker); });
}

WorkerPool::~WorkerPool() {
    stopping_ = true;
    ++rounds_;
    rounds_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void WorkerPool::parallel_for(std::size_t tasks, Body body, const Home& home) {
    start(tasks, std::move(body), home);
    finish();
}

void WorkerPool::start(std::size_t tasks, Body body, const Home& home) {
    if (threads_.empty()) {
        alone_ = {std::move(body), tasks};
        return;
    }
    auto round = std::make_shared<Round>(tasks, std::move(body), workers(), home);
    {
        const std::lock_guard lock(mutex_);
        round_ = std::move(round);
    }
    if (tasks <= 1) return;
    ++rounds_;
    rounds_.notify_all();
}

void WorkerPool::wait(std::size_t task) {
    if (threads_.empty()) {
        while (alone_.next <= task && alone_.next < alone_.tasks)
            alone_.body(alone_.next++, 0);
        return;
    }
    std::atomic<bool>& done = round_->done[task];
    const auto is_done = [&] { return done.load(std::memory_order_acquire); };
    while (!is_done()) {
        if (round_->run_next(0) || comes_soon(is_done)) continue;
        done.wait(false, std::memory_order_acquire);
    }
}

void WorkerPool::finish() {
    const std::size_t tasks = threads_.empty() ? alone_.tasks : round_->done.size();
    for (std::size_t task = 0; task < tasks; ++task)
        wait(task);
}

void WorkerPool::cancel() {
    alone_.next = alone_.tasks;
    for (Round::Queue& queue : round_->queues) {
        const std::size_t begun = queue.next.exchange(queue.tasks.size());
        for (std::size_t i = 0; i < std::min(begun, queue.tasks.size()); ++i)
            wait(queue.tasks[i]);
    }
}

bool WorkerPool::Round::run_next(unsigned worker) {
    for (std::size_t i = 0; i < queues.size(); ++i) {
        Queue& queue = queues[(worker + i) % queues.size()];
        if (queue.next.load(std::memory_order_relaxed) >= queue.tasks.size()) continue;
        const std::size_t place = queue.next.fetch_add(1, std::memory_order_relaxed);
        if (place >= queue.tasks.size()) continue;
        const std::size_t task = queue.tasks[place];
        body(task, worker);
        done[task].store(true, std::memory_order_release);
        done[task].notify_one();
        return true;
    }
    return false;
}

WorkerPool::Home WorkerPool::in_parts(std::size_t tasks, unsigned workers) {
    return [=](std::size_t task) { return static_cast<unsigned>(task * workers / tasks); };
}

WorkerPool::Home WorkerPool::in_turn(std::size_t tasks) {
    return [=](std::size_t task) { return static_cast<unsigned>(task / tasks); };
}

WorkerPool::Round::Round(std::size_t count, Body loop, unsigned workers, const Home& home)
    : body(std::move(loop)), done(count), queues(home ? workers : 1) {
    for (std::size_t task = 0; task < count; ++task)
        queues[home ? home(task) % workers : 0].tasks.push_back(task);
}

std::shared_ptr<WorkerPool::Round> WorkerPool::next_round(std::uint64_t& seen) {
    if (!comes_soon([&] { return rounds_ != seen; })) rounds_.wait(seen);
    seen = rounds_;
    const std::lock_guard lock(mutex_);
    return round_;
}

void WorkerPool::run(unsigned worker) {
    std::uint64_t seen = 0;
    for (;;) {
        const std::shared_ptr<Round> round = next_round(seen);
        if (stopping_) return;
        while (!stopping_ && round->run_next(worker)) {
        }
    }
}

}  // namespace dla
