// SPDX-License-Identifier: Apache-2.0
// The threads of one DLA, shared by its units. They exist from the first large piece of work on.
//
//   Workers workers(timing.threads);
//   workers.pool(bytes > kWorthThreads).parallel_for(...);
#pragma once

#include <cstddef>
#include <memory>

#include "dla_tlm/common/worker_pool.hpp"

namespace dla {

// Kernels of a convolution that are copied, packed and multiplied together; the workers take turns.
inline constexpr unsigned kKernelsPerTurn = 32;

// Sums or elements of one chunk that are worth threads: each takes its part of the lines.
inline constexpr std::size_t kValuesWorthThreads = 32 * 1024;

class Workers {
  public:
    // 0: one thread per processor.
    explicit Workers(unsigned threads) : threads_(threads) {}

    // large: worth more than one thread.
    WorkerPool& pool(bool large) {
        if (threads_ == 1 || !large) return alone_;
        if (!all_) all_ = std::make_unique<WorkerPool>(threads_);
        return *all_;
    }

  private:
    unsigned threads_;
    WorkerPool alone_{1};
    std::unique_ptr<WorkerPool> all_;
};

}  // namespace dla
