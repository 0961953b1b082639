// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/worker_pool.hpp"

#include <algorithm>

namespace dla {

WorkerPool::WorkerPool(unsigned workers) {
    if (workers == 0) workers = std::max(1u, std::thread::hardware_concurrency());
    for (unsigned worker = 1; worker < workers; ++worker)
        threads_.emplace_back([this, worker] { run(worker); });
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_offered_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void WorkerPool::parallel_for(std::size_t tasks, const Body& body) {
    if (threads_.empty() || tasks <= 1) {
        for (std::size_t task = 0; task < tasks; ++task)
            body(task, 0);
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        body_ = &body;
        tasks_ = tasks;
        next_task_.store(0, std::memory_order_relaxed);
        busy_ = static_cast<unsigned>(threads_.size());
        ++round_;
    }
    work_offered_.notify_all();
    take_tasks(0);
    std::unique_lock lock(mutex_);
    work_done_.wait(lock, [this] { return busy_ == 0; });
}

void WorkerPool::run(unsigned worker) {
    std::uint64_t seen = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            work_offered_.wait(lock, [&] { return stopping_ || round_ != seen; });
            if (stopping_) return;
            seen = round_;
        }
        take_tasks(worker);
        const std::lock_guard lock(mutex_);
        if (--busy_ == 0) work_done_.notify_one();
    }
}

void WorkerPool::take_tasks(unsigned worker) {
    for (;;) {
        const std::size_t task = next_task_.fetch_add(1, std::memory_order_relaxed);
        if (task >= tasks_) return;
        (*body_)(task, worker);
    }
}

}  // namespace dla
