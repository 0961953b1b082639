// SPDX-License-Identifier: Apache-2.0
// A few threads that share the iterations of a loop. Owned by whoever creates it; no globals.
//
//   WorkerPool pool(2);
//   pool.parallel_for(tasks, [&](std::size_t task, unsigned worker) { ... });
//
// Or with the caller taking results in order while the others go ahead:
//
//   pool.start(tasks, body);
//   for (std::size_t i = 0; i < tasks; ++i) {
//       pool.wait(i);
//       use(result[i]);
//   }
//
// The calling thread is worker 0 and works too, while it waits. Alone it runs no task before its
// turn, so that results are still in the cache when they are used. Bodies must not throw and must
// not call back into the same pool.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace dla {

class WorkerPool {
  public:
    using Body = std::function<void(std::size_t task, unsigned worker)>;
    // The worker (modulo their number) that should run a task because the data are in its cache;
    // others take it when they have none of their own left. Empty: whoever comes first.
    using Home = std::function<unsigned(std::size_t task)>;

    // workers counts the calling thread; 0 means one per processor.
    explicit WorkerPool(unsigned workers = 0);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    unsigned workers() const { return static_cast<unsigned>(threads_.size()) + 1; }
    // Tasks of one worker after the other's, in equal parts.
    static Home in_parts(std::size_t tasks, unsigned workers);
    // So many tasks for each worker, turn after turn.
    static Home in_turn(std::size_t tasks);
    // Returns when body has run for every task in [0, tasks).
    void parallel_for(std::size_t tasks, Body body, const Home& home = {});

    // Offers the tasks in rising order, when those before have run or were cancelled.
    void start(std::size_t tasks, Body body, const Home& home = {});
    // Returns when the task has run.
    void wait(std::size_t task);
    // Returns when all have run.
    void finish();
    // No further task begins; returns when those that have begun are through.
    void cancel();

  private:
    // One loop. Threads that wake up late hold on to an old one, find no task left and let go.
    struct Round {
        Round(std::size_t count, Body loop, unsigned workers, const Home& home);

        bool run_next(unsigned worker);

        Body body;
        std::vector<std::atomic<bool>> done;  // per task
        struct Queue {
            std::vector<std::size_t> tasks;
            std::atomic<std::size_t> next{0};
        };
        std::vector<Queue> queues;  // per worker
    };

    void run(unsigned worker);
    std::shared_ptr<Round> next_round(std::uint64_t& seen);

    // The loop of a pool without threads.
    struct Alone {
        Body body{};
        std::size_t tasks = 0;
        std::size_t next = 0;
    };

    Alone alone_;
    std::mutex mutex_;  // of round_
    std::shared_ptr<Round> round_ = std::make_shared<Round>(0, Body{}, 1, Home{});
    std::atomic<std::uint64_t> rounds_{0};  // begun; changes last and wakes the threads
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace dla
