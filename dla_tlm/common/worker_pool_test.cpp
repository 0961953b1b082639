// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/worker_pool.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "testing/catch.hpp"

using dla::WorkerPool;

TEST_CASE("a worker pool runs every task of a loop exactly once") {
    for (const unsigned workers : {1u, 2u, 3u}) {
        WorkerPool pool(workers);
        CHECK(pool.workers() == workers);
        std::vector<std::atomic<int>> runs(257);
        for (int round = 0; round < 20; ++round)
            pool.parallel_for(runs.size(), [&](std::size_t task, unsigned worker) {
                if (worker < workers) ++runs[task];
            });
        for (const auto& count : runs)
            CHECK(count == 20);
    }
}

TEST_CASE("a loop without tasks returns at once") {
    WorkerPool pool(2);
    pool.parallel_for(0, [](std::size_t, unsigned) { FAIL("no task to run"); });
    SUCCEED();
}

TEST_CASE("a pool of one runs no task before it is waited for") {
    WorkerPool alone(1);
    std::vector<std::size_t> ran;
    WorkerPool::Loop loop =
        alone.start(3, [&](std::size_t task, unsigned) { ran.push_back(task); });
    CHECK(ran.empty());
    loop.wait(1);
    CHECK(ran == std::vector<std::size_t>{0, 1});
    loop.wait(0);
    loop.finish();
    CHECK(ran == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("results can be taken in order while other threads go ahead") {
    WorkerPool pool(3);
    for (int round = 0; round < 50; ++round) {
        std::vector<std::size_t> results(40);
        WorkerPool::Loop loop = pool.start(
            results.size(), [&](std::size_t task, unsigned) { results[task] = task + 1; });
        std::size_t wrong = 0;
        for (std::size_t task = 0; task < results.size(); ++task) {
            loop.wait(task);
            if (results[task] != task + 1) ++wrong;
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("each worker begins with a task that is at home with it") {
    WorkerPool pool(2);
    for (const auto& [home, first_of_other] :
         {std::pair{WorkerPool::in_parts(6, 2), 3u}, std::pair{WorkerPool::in_turn(1), 1u}}) {
        std::array<std::size_t, 2> first{};
        std::array<bool, 2> began{};
        std::barrier both(2);
        pool.parallel_for(
            6,
            [&](std::size_t task, unsigned worker) {
                if (std::exchange(began[worker], true)) return;
                first[worker] = task;
                both.arrive_and_wait();
            },
            home);
        CHECK(first[0] == 0);
        CHECK(first[1] == first_of_other);
    }
}

TEST_CASE("tasks that are all at home with one worker are run by the others too, once each") {
    for (const unsigned workers : {1u, 2u, 3u}) {
        WorkerPool pool(workers);
        for (unsigned owner = 0; owner < 3; ++owner) {
            std::vector<std::atomic<int>> runs(50);
            pool.parallel_for(
                runs.size(), [&](std::size_t task, unsigned) { ++runs[task]; },
                [=](std::size_t) { return owner; });
            CHECK(std::ranges::all_of(runs, [](const auto& count) { return count == 1; }));
        }
    }
}

TEST_CASE("tasks are shared out in parts or in turn") {
    const auto homes = [](const WorkerPool::Home& home) {
        std::vector<unsigned> result;
        for (std::size_t task = 0; task < 6; ++task)
            result.push_back(home(task) % 2);
        return result;
    };
    CHECK(homes(WorkerPool::in_parts(6, 2)) == std::vector<unsigned>{0, 0, 0, 1, 1, 1});
    CHECK(homes(WorkerPool::in_turn(2)) == std::vector<unsigned>{0, 0, 1, 1, 0, 0});
}

TEST_CASE("after a cancellation no task begins, and those that began are through") {
    for (const unsigned workers : {1u, 2u}) {
        WorkerPool pool(workers);
        std::atomic<unsigned> begun = 0;
        std::atomic<unsigned> ended = 0;
        WorkerPool::Loop loop = pool.start(1000, [&](std::size_t, unsigned) {
            ++begun;
            std::this_thread::sleep_for(std::chrono::microseconds(100));
            ++ended;
        });
        loop.wait(0);
        loop.cancel();
        const unsigned after = begun;
        CHECK(after < 1000);
        CHECK(ended == after);
        pool.parallel_for(2, [&](std::size_t, unsigned) {});
        CHECK(begun == after);
    }
}

TEST_CASE("of several loops the newest comes first, and each can be left before it has ended") {
    WorkerPool pool(2);
    std::atomic<bool> go = false;
    std::atomic<int> old_runs = 0;
    std::atomic<int> before_new = -1;
    const auto everybody_else = [](std::size_t) { return 1u; };
    WorkerPool::Loop old_loop = pool.start(
        100,
        [&](std::size_t, unsigned) {
            while (!go)
                std::this_thread::yield();
            ++old_runs;
        },
        everybody_else);
    WorkerPool::Loop new_loop = pool.start(
        2,
        [&](std::size_t task, unsigned) {
            if (task == 0) before_new = old_runs.load();
        },
        everybody_else);
    go = true;
    while (before_new < 0)
        std::this_thread::yield();
    CHECK(before_new <= 1);
    new_loop.finish();
    old_loop.wait(2);
    CHECK(old_loop.has_run(0));
    old_loop = {};
    const int runs = old_runs;
    CHECK(runs >= 3);
    pool.parallel_for(2, [](std::size_t, unsigned) {});
    CHECK(old_runs == runs);
}

TEST_CASE("a task has run when it was waited for, and none has in a loop just begun alone") {
    WorkerPool alone(1);
    WorkerPool::Loop loop = alone.start(2, [](std::size_t, unsigned) {});
    CHECK_FALSE(loop.has_run(0));
    loop.wait(0);
    CHECK(loop.has_run(0));
    CHECK_FALSE(loop.has_run(1));
    CHECK(WorkerPool::Loop().has_run(0));
}

TEST_CASE("parts cover all iterations, one part for each worker, and their results add up") {
    for (const unsigned workers : {1u, 2u, 3u}) {
        WorkerPool pool(workers);
        for (const std::size_t count : {0u, 1u, 2u, 7u, 100u}) {
            std::vector<std::atomic<int>> runs(count);
            std::atomic<unsigned> parts = 0;
            const auto sum = pool.sum_of_parts<std::size_t>(count, [&](const auto& part) {
                ++parts;
                for (std::size_t i = part.first; i < part.end; ++i)
                    ++runs[i];
                return part.end - part.first;
            });
            CHECK(sum == count);
            CHECK(parts <= std::max<std::size_t>(1, std::min<std::size_t>(count, workers)));
            CHECK(std::ranges::all_of(runs, [](const auto& run) { return run == 1; }));
        }
    }
}

TEST_CASE("the parts are those of the tasks' homes") {
    for (std::size_t tasks = 1; tasks < 20; ++tasks)
        for (const unsigned workers : {1u, 2u, 3u}) {
            const auto home = WorkerPool::in_parts(tasks, workers);
            for (unsigned worker = 0; worker < workers; ++worker) {
                const WorkerPool::Part part = WorkerPool::part(tasks, worker, workers);
                for (std::size_t task = part.first; task < part.end; ++task)
                    CHECK(home(task) == worker);
            }
        }
}
