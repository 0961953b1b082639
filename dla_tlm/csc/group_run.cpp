// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/group_run.hpp"

#include <algorithm>

#include "dla_tlm/common/workers.hpp"
#include "dla_tlm/csc/convolve_fp16.hpp"
#include "dla_tlm/csc/layout.hpp"

namespace dla::csc {
namespace {

static_assert(kKernelsPerTurn == cmac::kMaxVectors * cmac::kDotLanes, "they fill a tile");
constexpr unsigned kStepsAhead = 8;           // of several threads
constexpr std::size_t kSumsAhead = 2u << 20;  // what they may hold

}  // namespace

unsigned GroupRun::groups_per_step(const ConvOp& op) {
    if (op.precision == Precision::kFp16) return 1;
    return std::max(1u, kKernelsPerTurn / op.kernel_group);
}

unsigned GroupRun::most_groups(const ConvOp& op, const WorkerPool& pool) {
    const unsigned step = groups_per_step(op);
    if (pool.workers() == 1) return step;
    const std::size_t pixels = std::size_t{op.out_width} * op.out_height * op.batches;
    const std::size_t step_sums = pixels * step * op.kernel_group;
    auto steps = std::clamp<std::size_t>(kSumsAhead / step_sums, 1, kStepsAhead);
    // So that every run begins with the turn of the same worker.
    if (steps > pool.workers()) steps -= steps % pool.workers();
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
    parts_ = parts_of_piece();
    if (op.precision != Precision::kFp16) pack_weights();
    sums_.assign(steps_ * pieces_ * op.batches, nullptr);
    if (recyclers_.size() < pool.workers()) recyclers_.resize(pool.workers());
    loop_ = pool.start(
        sums_.size() * parts_,
        [this](std::size_t task, unsigned worker) { run_task(task, worker); }, home());
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
    return op_->out_height < op_->lines_per_slice() * pool_->workers() || weights > input;
}

// A piece that is all lines would leave threads that share the lines nothing to share, and so do
// too few kernels.
unsigned GroupRun::parts_of_piece() const {
    const unsigned workers = pool_->workers();
    const bool all_lines = pieces_ == 1 && op_->out_height / op_->lines_per_slice() >= workers;
    return all_lines && (steps_ < workers || !shares_kernels()) ? workers : 1;
}

WorkerPool::Home GroupRun::home() const {
    if (parts_ > 1) return WorkerPool::in_turn(1);
    const std::size_t batches = op_->batches;
    if (shares_kernels()) return WorkerPool::in_turn(batches * pieces_);
    const std::size_t pieces = pieces_;
    return [=, lines = WorkerPool::in_parts(pieces, pool_->workers())](std::size_t task) {
        return lines(task / batches % pieces);
    };
}

void GroupRun::pack_weights() {
    if (panels_.size() < steps_) panels_.resize(steps_);
    const auto pack = [this](std::size_t step, WorkerPool* pool) {
        panels_[step].load(*op_, *input_, step_groups(step), step_stream(step), pool);
    };
    if (steps_ < pool_->workers()) {
        for (std::size_t step = 0; step < steps_; ++step)
            pack(step, pool_);
        return;
    }
    pool_->parallel_for(
        steps_, [&](std::size_t step, unsigned) { pack(step, nullptr); }, WorkerPool::in_turn(1));
}

LineRange GroupRun::part_lines(unsigned piece, unsigned part) const {
    const LineRange all = lines(piece);
    const unsigned unit = op_->lines_per_slice();
    const WorkerPool::Part units = WorkerPool::part((all.end - all.first) / unit, part, parts_);
    return {all.first + static_cast<unsigned>(units.first) * unit,
            all.first + static_cast<unsigned>(units.end) * unit};
}

// The place's storage, large enough; made by the first of the threads that come for it.
std::shared_ptr<cmac::MacSums> GroupRun::sums_of(std::size_t place, unsigned worker) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<cmac::MacSums>& sums = sums_[place];
    if (sums) return sums;
    sums = recyclers_[worker].take();
    const LineRange range = lines(static_cast<unsigned>(place / op_->batches % pieces_));
    if (op_->precision == Precision::kFp16)
        sums->fp32.resize(std::size_t{range.end - range.first} * op_->out_width *
                          op_->lanes_per_surface());
    else
        resize_for(*op_, panels_[place / op_->batches / pieces_], range, sums->integers);
    return sums;
}

void GroupRun::run_task(std::size_t task, unsigned worker) {
    const ConvOp& op = *op_;
    const std::size_t place = task / parts_;
    const auto batch = static_cast<unsigned>(place % op.batches);
    const auto piece = static_cast<unsigned>(place / op.batches % pieces_);
    const std::size_t step = place / op.batches / pieces_;
    const LineRange all = lines(piece);
    const LineRange mine = part_lines(piece, static_cast<unsigned>(task % parts_));
    const std::shared_ptr<cmac::MacSums> sums = sums_of(place, worker);
    if (op.precision == Precision::kFp16) {
        const std::size_t line = std::size_t{op.out_width} * op.lanes_per_surface();
        convolve_fp16(
            op, *input_, {step_groups(step).first, step_stream(step), batch}, mine,
            std::span(sums->fp32)
                .subspan((mine.first - all.first) * line, (mine.end - mine.first) * line));
    } else {
        convolve_into(op, *input_, panels_[step], batch, mine, {sums->integers, all.first});
    }
}

std::size_t GroupRun::place_of(unsigned group, unsigned piece, unsigned batch) const {
    const std::size_t step = (group - groups_.first) / step_size_;
    return (step * pieces_ + piece) * op_->batches + batch;
}

bool GroupRun::ready(unsigned group, unsigned piece, unsigned batch) const {
    const std::size_t first = place_of(group, piece, batch) * parts_;
    for (std::size_t task = first; task < first + parts_; ++task)
        if (!loop_.has_run(task)) return false;
    return true;
}

GroupRun::Piece GroupRun::take(unsigned group, unsigned piece, unsigned batch) {
    const std::size_t step = (group - groups_.first) / step_size_;
    const GroupRange together = step_groups(step);
    const std::size_t place = place_of(group, piece, batch);
    for (unsigned part = 0; part < parts_; ++part)
        loop_.wait(place * parts_ + part);
    const std::lock_guard lock(mutex_);
    const bool last = group + 1 == together.first + together.count;
    std::shared_ptr<cmac::MacSums> sums = last ? std::move(sums_[place]) : sums_[place];
    return {std::move(sums), (group - together.first) * op_->kernel_group};
}

void GroupRun::stop() {
    loop_ = {};
    sums_.clear();
}

}  // namespace dla::csc
