// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/port_arbiter.hpp"

#include <sysc/kernel/sc_spawn.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace dla {
namespace {

constexpr double kRounding = 1e-6;  // of a cycle

bool meet(const Sharer& a, const Sharer& b, std::span<const PortCapacity, kMemoryPorts> ports) {
    for (std::size_t i = 0; i < kMemoryPorts; ++i) {
        const PortDemand& x = a.ports[i];
        const PortDemand& y = b.ports[i];
        const bool any = x.read + x.written > 0 && y.read + y.written > 0;
        if (x.read * y.read > 0 || x.written * y.written > 0 || (any && ports[i].total > 0))
            return true;
    }
    return false;
}

}  // namespace

PortArbiter::PortArbiter(const HardwareConfig& config, const TimingMode& timing, Clock& clock,
                         Weight weight)
    : config_(config), timing_(timing), clock_(clock), weight_(std::move(weight)) {
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.set_sensitivity(&boundary_);
    options.dont_initialize();
    sc_core::sc_spawn([this] { share(); }, sc_core::sc_gen_unique_name("port_arbiter"), &options);
}

void PortArbiter::enter(PortFlow& flow) {
    flows_.push_back(&flow);
    share();
}

void PortArbiter::leave(PortFlow& flow) {
    std::erase(flows_, &flow);
    share();
}

bool PortArbiter::one_pipeline() const {
    return std::ranges::adjacent_find(flows_, [](const PortFlow* a, const PortFlow* b) {
               return a->sharer_.pipeline != b->sharer_.pipeline;
           }) == flows_.end();
}

void PortArbiter::share() {
    const auto now = static_cast<double>(clock_.now());
    boundary_.cancel();
    std::vector<PortFlow*> active;
    const bool alone = one_pipeline();
    for (PortFlow* flow : flows_) {
        if (!alone && flow->asks_at(flow->time_.progress_at(now))) {
            active.push_back(flow);
        } else if (flow->time_.speed() != 1) {
            flow->time_.change(now, 1);
            changed_.notify(sc_core::SC_ZERO_TIME);
        }
    }
    if (alone) return;
    set_speeds(active, now);
    wake_at_boundary(now);
}

void PortArbiter::set_speeds(const std::vector<PortFlow*>& active, double now) {
    std::vector<Sharer> sharers;
    for (const PortFlow* flow : active)
        sharers.push_back(flow->sharer_);
    const std::array<PortCapacity, kMemoryPorts> ports{
        port_capacity(timing_.memory(Ram::kSecondary), config_.timing),
        port_capacity(timing_.memory(Ram::kPrimary), config_.timing)};
    const std::vector<double> speeds = shared_speeds(sharers, ports);
    for (std::size_t i = 0; i < active.size(); ++i) {
        // A change that is nothing but rounding is none.
        const double speed = speeds[i] > 1 - kRounding ? 1 : speeds[i];
        PortFlow& flow = *active[i];
        if (speed != flow.time_.speed()) {
            flow.time_.change(now, speed);
            changed_.notify(sc_core::SC_ZERO_TIME);
        }
        if (speed == 1) continue;
        for (const PortFlow* other : active) {
            if (other->sharer_.pipeline == flow.sharer_.pipeline) continue;
            if (!meet(flow.sharer_, other->sharer_, ports)) continue;
            for (const ClientTraffic& traffic : other->plan_.traffic)
                flow.shared_with_.add(traffic.client);
        }
    }
}

void PortArbiter::wake_at_boundary(double now) {
    double next = std::numeric_limits<double>::infinity();
    for (const PortFlow* flow : flows_) {
        const double progress = flow->time_.progress_at(now);
        for (const double end : {flow->plan_.from, flow->plan_.until})
            if (progress < end - kRounding) next = std::min(next, flow->time_.cycle_at(end));
    }
    if (std::isinf(next)) return;
    const auto cycle = static_cast<std::uint64_t>(std::max(std::ceil(next - kRounding), now + 1));
    boundary_.notify(clock_.at(cycle) - sc_core::sc_time_stamp());
}

// Beats per cycle and per turn. A client gets a burst for each unit of its weight.
Sharer PortArbiter::sharer_of(const FlowPlan& plan, unsigned pipeline) const {
    Sharer sharer{.pipeline = pipeline};
    const double cycles = std::max(1.0, plan.alone > 0 ? plan.alone : plan.until - plan.from);
    for (const ClientTraffic& traffic : plan.traffic) {
        const MemoryPort& port = traffic.ram == Ram::kPrimary ? config_.primary : config_.secondary;
        if (port.width_bytes == 0) continue;
        PortDemand& demand = sharer.ports[static_cast<std::size_t>(traffic.ram)];
        const double burst = std::clamp<double>(
            static_cast<double>(ceil_div(traffic.request_bytes, port.width_bytes)), 1,
            std::max(1u, port.max_burst_beats));
        const auto turn = [&](bool write) {
            // No register value takes a client's turn away altogether.
            return burst * std::max(1u, weight_(traffic.client, traffic.ram, write));
        };
        if (traffic.read_bytes > 0) {
            demand.read +=
                static_cast<double>(ceil_div(traffic.read_bytes, port.width_bytes)) / cycles;
            demand.read_weight += turn(false);
        }
        if (traffic.written_bytes > 0) {
            demand.written +=
                static_cast<double>(ceil_div(traffic.written_bytes, port.width_bytes)) / cycles;
            demand.write_weight += turn(true);
        }
    }
    return sharer;
}

PortFlow::PortFlow(PortArbiter* arbiter, Clock& clock, std::uint64_t begin, FlowPlan plan,
                   Pipeline pipeline)
    : arbiter_(arbiter != nullptr && arbiter->timing_.enabled ? arbiter : nullptr),
      clock_(clock),
      plan_(std::move(plan)),
      span_(plan_.until - plan_.from),
      time_(static_cast<double>(begin)) {
    if (arbiter_ == nullptr) return;
    const unsigned own =
        plan_.traffic.empty() ? 0 : static_cast<unsigned>(plan_.traffic.front().client);
    sharer_ = arbiter_->sharer_of(plan_, pipeline == Pipeline::kConvolution ? 0 : 1 + own);
    arbiter_->enter(*this);
}

void PortFlow::close() {
    if (arbiter_ == nullptr) return;
    PortArbiter* arbiter = std::exchange(arbiter_, nullptr);
    arbiter->leave(*this);
    if (time_.speed() != 1) time_.change(static_cast<double>(clock_.now()), 1);
}

bool PortFlow::asks_at(double progress) const {
    return progress >= plan_.from - kRounding && progress < plan_.until - kRounding;
}

std::uint64_t PortFlow::whole_cycle(double progress) const {
    // What follows the last request runs at full speed.
    const double tail = std::max(0.0, progress - plan_.until);
    const double now = time_.progress_at(static_cast<double>(clock_.now()));
    const double cycle = tail > 0 && now < plan_.until ? time_.cycle_at(plan_.until) + tail
                                                       : time_.cycle_at(progress);
    return static_cast<std::uint64_t>(std::ceil(cycle - kRounding));
}

std::uint64_t PortFlow::wait_until(std::uint64_t progress) {
    for (;;) {
        const std::uint64_t cycle = cycle_at(progress);
        if (cycle <= clock_.now()) return cycle;
        if (arbiter_ == nullptr) {
            clock_.wait_until(cycle);
        } else {
            clock_.wait_until(cycle, arbiter_->changed_);
        }
    }
}

std::uint64_t PortFlow::cycle_at(std::uint64_t progress) const {
    return whole_cycle(static_cast<double>(progress));
}

std::uint64_t PortFlow::progress_at(std::uint64_t cycle) const {
    const double progress = time_.progress_at(static_cast<double>(cycle));
    return static_cast<std::uint64_t>(std::max(0.0, std::floor(progress + kRounding)));
}

void PortFlow::ask_only(double part) {
    plan_.until = plan_.from + span_ * part;
    if (arbiter_ != nullptr) arbiter_->share();
}

void PortFlow::ask_more(double part) {
    const double progress = time_.progress_at(static_cast<double>(clock_.now()));
    if (progress >= plan_.until) plan_.from = plan_.until = progress;
    plan_.until += span_ * part;
    if (arbiter_ != nullptr) arbiter_->share();
}

std::uint64_t PortFlow::carry(std::uint64_t from, std::uint64_t to,
                              std::vector<ClientTraffic> traffic) {
    if (arbiter_ == nullptr || to <= from) return to;
    const auto cycles = static_cast<double>(to - from);
    plan_ = {0, std::numeric_limits<double>::infinity(), std::move(traffic), cycles};
    sharer_ = arbiter_->sharer_of(plan_, sharer_.pipeline);
    arbiter_->share();
    return from + static_cast<std::uint64_t>(std::llround(cycles / time_.speed()));
}

bool PortFlow::alone() const {
    return arbiter_ == nullptr || arbiter_->one_pipeline();
}

double PortFlow::lost() const {
    return std::max(0.0, time_.lost(static_cast<double>(clock_.now())));
}

}  // namespace dla
