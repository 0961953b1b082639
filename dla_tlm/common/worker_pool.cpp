// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/worker_pool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace dla {
namespace {

// Loops and tasks follow each other closely: a thread looks for the next one so long before it
// sleeps, because waking it costs as much.
constexpr std::chrono::microseconds kPatience{200};
constexpr unsigned kLooks = 128;  // before it lets others run, some microseconds

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

template <class Condition>
bool comes_soon(const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    do {
        for (unsigned look = 0; look < kLooks; ++look) {
            if (condition()) return true;
            pause();
        }
        std::this_thread::yield();
    } while (std::chrono::steady_clock::now() < until);
    return condition();
}

}  // namespace

WorkerPool::WorkerPool(unsigned workers) {
    if (workers == 0) workers = std::max(1u, std::thread::hardware_concurrency());
    for (unsigned worker = 1; worker < workers; ++worker)
        threads_.emplace_back([this, worker] { run(worker); });
}

WorkerPool::~WorkerPool() {
    stopping_ = true;
    ++begun_;
    begun_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

WorkerPool::Loop WorkerPool::start(std::size_t tasks, Body body, const Home& home) {
    auto round = std::make_shared<Round>(tasks, std::move(body), workers(), home);
    if (threads_.empty() || tasks == 0) return {*this, std::move(round)};
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(rounds_, [](const auto& old) { return old->exhausted(); });
        rounds_.insert(rounds_.begin(), round);
    }
    if (tasks > 1) {
        ++begun_;
        begun_.notify_all();
    }
    return {*this, std::move(round)};
}

void WorkerPool::parallel_for(std::size_t tasks, Body body, const Home& home) {
    start(tasks, std::move(body), home).finish();
}

void WorkerPool::parallel_parts(std::size_t count, const std::function<void(const Part&)>& body) {
    if (threads_.empty() || count <= 1) return body({0, count, 0});
    parallel_for(
        workers(),
        [&](std::size_t task, unsigned worker) {
            Part mine = part(count, static_cast<unsigned>(task), workers());
            mine.worker = worker;
            if (mine.first < mine.end) body(mine);
        },
        in_turn(1));
}

WorkerPool::Loop& WorkerPool::Loop::operator=(Loop&& other) noexcept {
    cancel();
    pool_ = other.pool_;
    round_ = std::move(other.round_);
    return *this;
}

bool WorkerPool::Loop::has_run(std::size_t task) const {
    if (!round_ || task < round_->next_alone) return true;
    return !round_->done.empty() && round_->done[task].load(std::memory_order_acquire);
}

void WorkerPool::Loop::wait(std::size_t task) {
    if (!round_) return;
    Round& round = *round_;
    if (pool_->threads_.empty()) {
        while (round.next_alone <= task && round.next_alone < round.tasks)
            round.body(round.next_alone++, 0);
        return;
    }
    std::atomic<bool>& done = round.done[task];
    const auto is_done = [&] { return done.load(std::memory_order_acquire); };
    while (!is_done()) {
        if (round.run_from(0, 0) || run_one(pool_->rounds_, 0) || comes_soon(is_done)) continue;
        done.wait(false, std::memory_order_acquire);
    }
}

void WorkerPool::Loop::finish() {
    if (!round_) return;
    for (std::size_t task = 0; task < round_->tasks; ++task)
        wait(task);
}

void WorkerPool::Loop::cancel() {
    if (!round_) return;
    for (Round::Queue& queue : round_->queues) {
        const std::size_t begun = queue.next.exchange(queue.tasks.size());
        for (std::size_t i = 0; i < std::min(begun, queue.tasks.size()); ++i)
            wait(queue.tasks[i]);
    }
    round_.reset();
}

WorkerPool::Home WorkerPool::in_parts(std::size_t tasks, unsigned workers) {
    // The part that holds the task: the inverse of part().
    return
        [=](std::size_t task) { return static_cast<unsigned>(((task + 1) * workers - 1) / tasks); };
}

WorkerPool::Home WorkerPool::in_turn(std::size_t tasks) {
    return [=](std::size_t task) { return static_cast<unsigned>(task / tasks); };
}

WorkerPool::Round::Round(std::size_t count, Body loop, unsigned workers, const Home& home)
    : body(std::move(loop)), tasks(count) {
    if (workers == 1) return;
    done = std::vector<std::atomic<bool>>(count);
    queues = std::vector<Queue>(home ? workers : 1);
    for (std::size_t task = 0; task < count; ++task)
        queues[home ? home(task) % workers : 0].tasks.push_back(task);
}

bool WorkerPool::Round::run_from(std::size_t owner, unsigned worker) {
    Queue& queue = queues[owner % queues.size()];
    if (queue.next.load(std::memory_order_relaxed) >= queue.tasks.size()) return false;
    const std::size_t place = queue.next.fetch_add(1, std::memory_order_relaxed);
    if (place >= queue.tasks.size()) return false;
    const std::size_t task = queue.tasks[place];
    body(task, worker);
    done[task].store(true, std::memory_order_release);
    done[task].notify_one();
    return true;
}

bool WorkerPool::Round::run_others(unsigned worker) {
    for (std::size_t i = 1; i < queues.size(); ++i)
        if (run_from(worker + i, worker)) return true;
    return false;
}

bool WorkerPool::Round::exhausted() const {
    return std::ranges::all_of(queues,
                               [](const Queue& queue) { return queue.next >= queue.tasks.size(); });
}

bool WorkerPool::run_one(const Rounds& rounds, unsigned worker) {
    const auto own = [=](const auto& round) { return round->run_from(worker, worker); };
    const auto others = [=](const auto& round) { return round->run_others(worker); };
    return std::ranges::any_of(rounds, own) || std::ranges::any_of(rounds, others);
}

void WorkerPool::look_at_rounds(Rounds& rounds, std::uint64_t& seen) {
    seen = begun_;
    const std::lock_guard lock(mutex_);
    rounds = rounds_;
}

void WorkerPool::run(unsigned worker) {
    std::uint64_t seen = 0;
    Rounds rounds;
    while (!stopping_) {
        if (begun_ != seen) look_at_rounds(rounds, seen);
        if (run_one(rounds, worker)) continue;
        if (!comes_soon([&] { return begun_ != seen; })) begun_.wait(seen);
    }
}

}  // namespace dla
