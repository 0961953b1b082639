// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace dla {
namespace {

// Loops follow each other closely: a thread looks for the next one so long before it sleeps,
// because waking it costs as much.
constexpr std::chrono::microseconds kPatience{50};

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

void WorkerPool::parallel_for(std::size_t tasks, Body body) {
    start(tasks, std::move(body));
    finish();
}

void WorkerPool::start(std::size_t tasks, Body body) {
    auto round = std::make_shared<Round>(tasks, std::move(body));
    {
        const std::lock_guard lock(mutex_);
        round_ = std::move(round);
    }
    if (threads_.empty() || tasks <= 1) return;
    ++rounds_;
    rounds_.notify_all();
}

void WorkerPool::wait(std::size_t task) {
    while (!round_->done[task].load(std::memory_order_acquire))
        if (!round_->run_next(0)) round_->done[task].wait(false, std::memory_order_acquire);
}

void WorkerPool::finish() {
    for (std::size_t task = 0; task < round_->done.size(); ++task)
        wait(task);
}

void WorkerPool::cancel() {
    const std::size_t begun = round_->next.exchange(round_->done.size());
    for (std::size_t task = 0; task < std::min(begun, round_->done.size()); ++task)
        wait(task);
}

bool WorkerPool::Round::run_next(unsigned worker) {
    const std::size_t task = next.fetch_add(1, std::memory_order_relaxed);
    if (task >= done.size()) return false;
    body(task, worker);
    done[task].store(true, std::memory_order_release);
    done[task].notify_one();
    return true;
}

std::shared_ptr<WorkerPool::Round> WorkerPool::next_round(std::uint64_t& seen) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (rounds_ == seen && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
    rounds_.wait(seen);
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
