// SPDX-License-Identifier: Apache-2.0
// Work in processes of its own, several at a time: SystemC elaborates once per process, and a crash
// or an endless loop takes only its own job down.
//
//   run_jobs(traces.size(), {.parallel = 4}, [&](std::size_t i) { return serialised(run(i)); },
//            [&](std::size_t i, const JobResult& r) { ... });   // called in the order of i
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace dla::vp {

struct JobOptions {
    unsigned parallel = 1;
    double timeout_s = 0;  // 0: none
};

struct JobResult {
    std::string output;   // what the job returned, when failure is empty
    std::string failure;  // "crashed: Segmentation fault", "ran out of time ..."
    double wall_s = 0;
};

void run_jobs(std::size_t count, const JobOptions& options,
              const std::function<std::string(std::size_t)>& job,
              const std::function<void(std::size_t, const JobResult&)>& done);

}  // namespace dla::vp
