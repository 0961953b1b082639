// SPDX-License-Identifier: Apache-2.0
// The sums of some kernel groups of a layer in pieces of whole lines, computed by a worker pool
// ahead of the one who takes them in the order of delivery: group, lines, batch item.
//
//   GroupRun run;
//   run.start(op, input, {first_group, count}, stream, lines_per_piece, pool);
//   for (group ...) for (piece ...) for (batch ...) {
//       const GroupRun::Piece sums = run.take(group, piece, batch);
//       ...
//   }
//
// stream: the weights of all these groups, uncompressed; those of a group must stay until its last
// piece is taken. A pool of one computes a piece when it is asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "dla_tlm/cmac/mac_sums.hpp"
#include "dla_tlm/common/recycler.hpp"
#include "dla_tlm/common/worker_pool.hpp"
#include "dla_tlm/csc/convolve.hpp"

namespace dla::csc {

class GroupRun {
  public:
    struct Piece {
        std::shared_ptr<const cmac::MacSums> sums;
        unsigned first_kernel;  // of the group, in sums->integers
    };

    // Groups that one run should have at most.
    static unsigned most_groups(const ConvOp& op, const WorkerPool& pool);

    // op, input and pool must live until the last piece is taken.
    void start(const ConvOp& op, const InputLayer& input, GroupRange groups,
               std::span<const std::byte> stream, unsigned lines_per_piece, WorkerPool& pool);

    unsigned pieces() const { return pieces_; }  // of a group and batch item
    LineRange lines(unsigned piece) const;
    // Whether take() returns at once.
    bool ready(unsigned group, unsigned piece, unsigned batch) const;
    Piece take(unsigned group, unsigned piece, unsigned batch);
    // Waits for the threads and forgets what was not taken.
    void stop();

  private:
    static unsigned groups_per_step(const ConvOp& op);
    unsigned parts_of_piece() const;
    GroupRange step_groups(std::size_t step) const;
    std::span<const std::byte> step_stream(std::size_t step) const;
    bool shares_kernels() const;
    WorkerPool::Home home() const;
    std::size_t place_of(unsigned group, unsigned piece, unsigned batch) const;
    LineRange part_lines(unsigned piece, unsigned part) const;
    std::shared_ptr<cmac::MacSums> sums_of(std::size_t place, unsigned worker);
    void pack_weights();
    void run_task(std::size_t task, unsigned worker);

    const ConvOp* op_ = nullptr;
    const InputLayer* input_ = nullptr;
    WorkerPool* pool_ = nullptr;
    GroupRange groups_{};
    std::span<const std::byte> stream_;
    unsigned lines_per_piece_ = 1;
    unsigned pieces_ = 0;
    unsigned step_size_ = 1;  // groups that share their sums
    unsigned parts_ = 1;      // tasks of a piece, one per thread
    std::size_t steps_ = 0;
    std::vector<WeightPanel> panels_;                   // per step; none for fp16
    std::mutex mutex_;                                  // of sums_ while tasks run
    std::vector<std::shared_ptr<cmac::MacSums>> sums_;  // per step, piece and batch item
    std::vector<Recycler<cmac::MacSums>> recyclers_;    // per worker
    WorkerPool::Loop loop_;                             // behind what its tasks work on
};

}  // namespace dla::csc
