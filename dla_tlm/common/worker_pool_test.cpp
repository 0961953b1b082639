// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/worker_pool.hpp"

#include <atomic>
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
