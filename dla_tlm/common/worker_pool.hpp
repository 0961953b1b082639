// SPDX-License-Identifier: Apache-2.0
// A few threads that share the iterations of loops. Owned by whoever creates it; no globals.
//
//   WorkerPool pool(2);
//   pool.parallel_for(tasks, [&](std::size_t task, unsigned worker) { ... });
//   pool.parallel_parts(lines, [&](WorkerPool::Part part) { ... part.first to part.end ... });
//
// Or with the caller taking results in order while the others go ahead:
//
//   WorkerPool::Loop loop = pool.start(tasks, body);
//   for (std::size_t i = 0; i < tasks; ++i) {
//       loop.wait(i);
//       use(result[i]);
//   }
//
// The thread that starts loops, always the same, is worker 0 and works too, while it waits. Several
// loops may be under way: the newest comes first. Alone it runs no task before its turn, so that
// results are still in the cache when they are used. Bodies must not throw and must not call back
// into the same pool.
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
    struct Round;

  public:
    using Body = std::function<void(std::size_t task, unsigned worker)>;
    // The worker (modulo their number) that should run a task because the data are in its cache;
    // others take it when they have none of their own left. Empty: whoever comes first.
    using Home = std::function<unsigned(std::size_t task)>;
    // Iterations [first, end) of a worker.
    struct Part {
        std::size_t first;
        std::size_t end;
        unsigned worker;
    };

    // Tasks under way; they are offered in rising order. To be gone before its pool.
    class Loop {
      public:
        Loop() = default;  // without tasks
        Loop(Loop&&) = default;
        Loop& operator=(Loop&& other) noexcept;
        ~Loop() { cancel(); }

        bool has_run(std::size_t task) const;
        // Returns when the task has run.
        void wait(std::size_t task);
        // Returns when all have run.
        void finish();
        // No further task begins; returns when those that have begun are through.
        void cancel();

      private:
        friend class WorkerPool;
        Loop(WorkerPool& pool, std::shared_ptr<Round> round)
            : pool_(&pool), round_(std::move(round)) {}

        WorkerPool* pool_ = nullptr;
        std::shared_ptr<Round> round_;
    };

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
    // Equal parts of `count` iterations, as in_parts() would share them out.
    static Part part(std::size_t count, unsigned worker, unsigned workers) {
        return {count * worker / workers, count * (worker + 1) / workers, worker};
    }

    [[nodiscard]] Loop start(std::size_t tasks, Body body, const Home& home = {});
    // Returns when body has run for every task in [0, tasks).
    void parallel_for(std::size_t tasks, Body body, const Home& home = {});
    // Returns when body has run for each worker's part of `count` iterations.
    void parallel_parts(std::size_t count, const std::function<void(const Part&)>& body);
    // The same, and the sum of what the bodies return.
    template <class Sum, class PartBody>
    Sum sum_of_parts(std::size_t count, const PartBody& body) {
        std::vector<Sum> sums(workers());
        parallel_parts(count, [&](const Part& part) { sums[part.worker] += body(part); });
        Sum all{};
        for (const Sum& sum : sums)
            all += sum;
        return all;
    }

  private:
    // One loop. Threads that wake up late hold on to an old one, find no task left and let go.
    struct Round {
        Round(std::size_t count, Body loop, unsigned workers, const Home& home);

        // A task from the queue of `owner`; false if there is none.
        bool run_from(std::size_t owner, unsigned worker);
        bool run_others(unsigned worker);
        bool exhausted() const;

        Body body;
        std::size_t tasks;
        std::size_t next_alone = 0;           // in a pool without threads, which keeps no books
        std::vector<std::atomic<bool>> done;  // per task
        struct Queue {
            std::vector<std::size_t> tasks;
            std::atomic<std::size_t> next{0};
        };
        std::vector<Queue> queues;  // per worker, or one for all
    };
    using Rounds = std::vector<std::shared_ptr<Round>>;

    void run(unsigned worker);
    // Some task that is at home with the worker, else any; false if there is none.
    static bool run_one(const Rounds& rounds, unsigned worker);
    void look_at_rounds(Rounds& rounds, std::uint64_t& seen);

    std::mutex mutex_;                     // of rounds_, which worker 0 alone changes
    Rounds rounds_;                        // under way, newest first
    std::atomic<std::uint64_t> begun_{0};  // changes last and wakes the threads
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace dla
