// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/group_run.hpp"

#include <algorithm>

#include "dla_tlm/csc/convolve_fp16.hpp"
#include "dla_tlm/csc/layout.hpp"

namespace dla::csc {
namespace {

constexpr unsigned kStepKernels = cmac::kMaxVectors * cmac::kDotLanes;  // fill a tile
constexpr unsigned kStepsAhead = 8;                                     // of several threads
constexpr std::size_t kSumsAhead = 2u << 20;                            // what they may hold

}  // namespace

unsigned GroupRun::groups_per_step(const ConvOp& op) {
    if (op.precision == Precision::kFp16) return 1;
    return std::max(1u, kStepKernels / op.kernel_group);
}

unsigned GroupRun::most_groups(const ConvOp& op, const WorkerPool& pool) {
    const unsigned step = groups_per_step(op);
    if (pool.workers() == 1) return step;
    const std::size_t pixels = std::size_t{op.out_width} * op.out_height * op.batches;
    const std::size_t step_sums = pixels * step * op.kernel_group;
    const auto steps = std::clamp<std::size_t>(kSumsAhead / step_sums, 1, kStepsAhead);
    return static_cast<unsigned>(steps) * step;
}

void GroupRun::start(const ConvOp& op, const InputLayer& input, GroupRange groups,
                     std::span<const std::byte> stream, unsigned lines_per_piece,
                     WorkerPool& pool) {
    op_ = &op;
    input_ = &input;
    pool_ = &pool;
    groups_ = groups;
    stream_ = stream;
    lines_per_piece_ = lines_per_piece;
    pieces_ = (op.out_height + lines_per_piece - 1) / lines_per_piece;
    step_size_ = groups_per_step(op);
    steps_ = (groups.count + step_size_ - 1) / step_size_;
    if (op.precision != Precision::kFp16) pack_weights();
    sums_.assign(steps_ * pieces_ * op.batches, nullptr);
    if (recyclers_.size() < pool.workers()) recyclers_.resize(pool.workers());
    pool.start(
        sums_.size(), [this](std::size_t task, unsigned worker) { run_task(task, worker); },
        home());
}

GroupRange GroupRun::step_groups(std::size_t step) const {
    const unsigned before = static_cast<unsigned>(step) * step_size_;
    return {groups_.first + before, std::min(step_size_, groups_.count - before)};
}

std::span<const std::byte> GroupRun::step_stream(std::size_t step) const {
    const std::uint64_t begin = group_first_element(*op_, groups_.first);
    const std::uint64_t first = group_first_element(*op_, step_groups(step).first);
    return stream_.subspan((first - begin) * op_->element_bytes());
}

std::size_t GroupRun::task_of(std::size_t step, unsigned piece, unsigned batch) const {
    return (step * pieces_ + piece) * op_->batches + batch;
}

LineRange GroupRun::lines(unsigned piece) const {
    const unsigned first = piece * lines_per_piece_;
    return {first, std::min(first + lines_per_piece_, op_->out_height)};
}

// Threads share the kernels, whose weights they have packed, or the lines, which are theirs from
// InputLayer on: whichever are more bytes.
bool GroupRun::shares_kernels() const {
    const std::size_t input = std::size_t{op_->width} * op_->height * op_->channels;
    const std::size_t weights =
        std::size_t{op_->weight_channels} * op_->kernel_width * op_->kernel_height * op_->kernels;
    return pieces_ < pool_->workers() || weights > input;
}

WorkerPool::Home GroupRun::home() const {
    const std::size_t batches = op_->batches;
    if (shares_kernels()) return WorkerPool::in_turn(batches * pieces_);
    const std::size_t pieces = pieces_;
    return [=, lines = WorkerPool::in_parts(pieces, pool_->workers())](std::size_t task) {
        return lines(task / batches % pieces);
    };
}

void GroupRun::pack_weights() {
    if (panels_.size() < steps_) panels_.resize(steps_);
    pool_->parallel_for(
        steps_,
        [this](std::size_t step, unsigned) {
            panels_[step].load(*op_, *input_, step_groups(step), step_stream(step));
        },
        WorkerPool::in_turn(1));
}

void GroupRun::run_task(std::size_t task, unsigned worker) {
    const ConvOp& op = *op_;
    const auto batch = static_cast<unsigned>(task % op.batches);
    const LineRange range = lines(static_cast<unsigned>(task / op.batches % pieces_));
    const std::size_t step = task / op.batches / pieces_;
    std::shared_ptr<cmac::MacSums> sums = recyclers_[worker].take();
    if (op.precision == Precision::kFp16) {
        sums->fp32.resize(std::size_t{range.end - range.first} * op.out_width *
                          op.lanes_per_surface());
        convolve_fp16(op, *input_, {step_groups(step).first, step_stream(step), batch}, range,
                      sums->fp32);
    } else {
        convolve(op, *input_, panels_[step], batch, range, sums->integers);
    }
    sums_[task] = std::move(sums);
}

GroupRun::Piece GroupRun::take(unsigned group, unsigned piece, unsigned batch) {
    const std::size_t step = (group - groups_.first) / step_size_;
    const GroupRange together = step_groups(step);
    const std::size_t task = task_of(step, piece, batch);
    pool_->wait(task);
    const bool last = group + 1 == together.first + together.count;
    std::shared_ptr<cmac::MacSums> sums = last ? std::move(sums_[task]) : sums_[task];
    return {std::move(sums), (group - together.first) * op_->kernel_group};
}

void GroupRun::stop() {
    if (pool_ == nullptr) return;
    pool_->cancel();
    sums_.clear();
    pool_ = nullptr;
}

}  // namespace dla::csc
