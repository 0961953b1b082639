// SPDX-License-Identifier: Apache-2.0
// A few threads that share the iterations of a loop. Owned by whoever creates it; no globals.
//
//   WorkerPool pool(2);
//   pool.parallel_for(tasks, [&](std::size_t task, unsigned worker) { ... });
//
// The calling thread is worker 0 and works too. Bodies must not throw and must not call back into
// the same pool.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace dla {

class WorkerPool {
  public:
    using Body = std::function<void(std::size_t task, unsigned worker)>;

    // workers counts the calling thread; 0 means one per processor.
    explicit WorkerPool(unsigned workers = 0);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    unsigned workers() const { return static_cast<unsigned>(threads_.size()) + 1; }
    // Returns when body has run for every task in [0, tasks).
    void parallel_for(std::size_t tasks, const Body& body);

  private:
    void run(unsigned worker);
    void take_tasks(unsigned worker);

    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable work_offered_;
    std::condition_variable work_done_;
    const Body* body_ = nullptr;
    std::size_t tasks_ = 0;
    std::atomic<std::size_t> next_task_{0};
    unsigned busy_ = 0;
    std::uint64_t round_ = 0;
    bool stopping_ = false;
};

}  // namespace dla
