// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/port/host/host_driver.hpp"

#include <fmt/format.h>

#include <cstring>

#include "dla_tlm/csb_master/csb_access.hpp"
#include "firmware/dla_registers.h"

namespace dla::firmware {
namespace {

// How long to wait for an interrupt before asking whether the DLA still moves.
constexpr std::uint64_t kHangCheckCycles = 100000;
// Within a read, when the unit looks at its register; the rest is the way there and back.
constexpr std::uint64_t kReadReturnCycles = 9;

}  // namespace

HostDriver::HostDriver(sc_core::sc_module_name name, const HardwareConfig& hardware,
                       HostSurroundings& surroundings)
    : sc_module(name),
      csb("csb"),
      irq("irq"),
      hardware_(hardware),
      surroundings_(surroundings),
      clock_(hardware.clock_mhz),
      engine_(*this),
      layers_(hardware),
      status_address_(engine_config(hardware, DLA_LAYOUT_B).unit_bases[DLA_UNIT_GLB] +
                      DLA_GLB_S_INTR_STATUS) {
    sc_core::sc_spawn([this] { serve(); }, "tasks");
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.dont_initialize();
    options.set_sensitivity(&irq.pos());
    sc_core::sc_spawn([this] { note_interrupt(); }, "interrupts", &options);
}

void HostDriver::note_interrupt() {
    unseen_rises_.push_back(clock_.now());
    ++report_.interrupts;
    report_.last_interrupt = clock_.now();
}

void HostDriver::post(HostTask task, Finished finished) {
    posted_.emplace_back(std::move(task), std::move(finished));
    posted_event_.notify(sc_core::SC_ZERO_TIME);
}

void HostDriver::serve() {
    while (true) {
        while (posted_.empty())
            sc_core::wait(posted_event_);
        auto [task, finished] = std::move(posted_.front());
        posted_.pop_front();
        finished(run_task(task));
    }
}

Result<TaskReport> HostDriver::run_task(const HostTask& task) {
    if (task_ != nullptr) return fail("the driver already runs a task");
    task_ = &task;
    report_ = {};
    layers_.clear();
    seen_status_ = 0;
    unseen_rises_.clear();
    const Result<void> result = run_to_end();
    if (!result) drain();
    engine_.clear();
    report_.layers = layers_.layers();
    task_ = nullptr;
    if (!result) return tl::unexpected(result.error());
    return std::move(report_);
}

// Tells the surroundings about calls that used the bus.
template <class Call>
auto HostDriver::timed(const char* name, Call call) {
    const std::uint64_t begin = clock_.now();
    const std::uint64_t accesses = report_.register_reads + report_.register_writes;
    auto result = call();
    if (report_.register_reads + report_.register_writes != accesses)
        surroundings_.called(name, begin, clock_.now());
    return result;
}

Result<void> HostDriver::run_to_end() {
    auto started = timed("execute task",
                         [&] { return engine_.execute(engine_config(hardware_, task_->layout)); });
    if (!started) return started;
    while (true) {
        const auto done = timed("process events", [&] { return engine_.process_events(); });
        if (!done) return tl::unexpected(done.error());
        if (*done) return {};
        auto interrupted = wait_for_interrupt();
        if (!interrupted) return interrupted;
        timed("handle interrupt", [&] {
            engine_.handle_interrupt();
            return true;
        });
    }
}

Result<void> HostDriver::wait_for_interrupt() {
    while (!irq.read()) {
        sc_core::wait(clock_.period() * static_cast<double>(kHangCheckCycles), irq.posedge_event());
        if (irq.read() || surroundings_.moving()) continue;
        const std::string running = layers_.running();
        const std::string reason = surroundings_.explain_hang();
        return fail(fmt::format("the DLA hangs: no interrupt and nothing moves at cycle {}; {}{}{}",
                                clock_.now(), running.empty() ? "nothing runs" : running,
                                reason.empty() ? "" : "; ", reason));
    }
    return {};
}

// Operations enabled before an error may still end. Their interrupts must not meet the next task.
void HostDriver::drain() {
    while (irq.read() || surroundings_.moving()) {
        if (!irq.read())
            sc_core::wait(clock_.period() * static_cast<double>(kHangCheckCycles),
                          irq.posedge_event());
        if (irq.read()) engine_.handle_interrupt();
    }
}

// Time is kept here, by what the CPU sees of the bus; the bus' own delays are not waited for.
std::uint32_t HostDriver::read_register(std::uint32_t address) {
    const std::uint64_t answered = csb_timing_.read(clock_.now() + 1);
    clock_.wait_until(answered - kReadReturnCycles);
    std::uint32_t value = 0;
    csb::access(csb, tlm::TLM_READ_COMMAND, address, value);
    clock_.wait_until(answered);
    ++report_.register_reads;
    if (address == status_address_) on_status_read(value);
    return value;
}

void HostDriver::write_register(std::uint32_t address, std::uint32_t value) {
    clock_.wait_until(csb_timing_.write(clock_.now() + 1));
    csb::access(csb, tlm::TLM_WRITE_COMMAND, address, value, true);
    ++report_.register_writes;
    if (address == status_address_) seen_status_ &= ~value;
    const std::size_t layers_before = layers_.layers().size();
    layers_.on_write(engine_, address, value, clock_.now());
    if (layers_before == 0 && !layers_.layers().empty()) report_.first_enable = clock_.now();
}

// A new bit came with the first rise of the line since the last look, if the line was low.
void HostDriver::on_status_read(std::uint32_t status) {
    const std::uint64_t came = unseen_rises_.empty() ? clock_.now() : unseen_rises_.front();
    for (const LayerRecord& layer : layers_.on_interrupts(status & ~seen_status_, came))
        surroundings_.layer_done(layer);
    seen_status_ = status;
    unseen_rises_.clear();
}

bool HostDriver::bus_address(std::int16_t index, std::uint64_t& address) {
    const auto position = static_cast<std::size_t>(index);
    if (index < 0 || position >= task_->addresses.size()) return false;
    address = task_->addresses[position].bus_address;
    return true;
}

std::span<std::uint8_t> HostDriver::view(std::int16_t index, std::uint64_t offset,
                                         std::size_t bytes) {
    std::uint64_t address = 0;
    if (!bus_address(index, address)) return {};
    const std::uint64_t limit = task_->addresses[static_cast<std::size_t>(index)].bytes;
    if (offset > limit || bytes > limit - offset) return {};
    return surroundings_.bytes(address + offset, bytes);
}

bool HostDriver::read_memory(std::int16_t index, std::uint64_t offset, void* dst,
                             std::size_t bytes) {
    const auto src = view(index, offset, bytes);
    if (src.size() < bytes) return false;
    std::memcpy(dst, src.data(), bytes);
    return true;
}

bool HostDriver::write_memory(std::int16_t index, std::uint64_t offset, const void* src,
                              std::size_t bytes) {
    const auto dst = view(index, offset, bytes);
    if (dst.size() < bytes) return false;
    std::memcpy(dst.data(), src, bytes);
    return true;
}

std::int64_t HostDriver::time_us() {
    return static_cast<std::int64_t>(sc_core::sc_time_stamp() /
                                     sc_core::sc_time(1, sc_core::SC_US));
}

void HostDriver::log(LogLevel level, std::string_view text) {
    surroundings_.log(level, text);
}

}  // namespace dla::firmware
