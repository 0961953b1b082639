// SPDX-License-Identifier: Apache-2.0
#include "testing/monkey/csb_monkey.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "testing/resident.hpp"

namespace dla::testing {
namespace {

constexpr std::uint64_t kProgressEvery = 1'000'000;
constexpr std::uint64_t kUntimedWork = 16;
constexpr std::uint64_t kMainBytes = 16 << 20;
constexpr std::uint64_t kSecondBytes = 4 << 20;

// Monkeys that have not typed their last access; the last one stops the simulation.
int& running_monkeys() {
    static int count = 0;
    return count;
}

TimingMode timing_of(const CsbMonkey::Options& options) {
    TimingMode mode;
    mode.enabled = options.timing;
    mode.threads = 1;
    return mode;
}

TestMemory::Dmi dmi_of(const CsbMonkey::Options& options) {
    return options.dmi ? TestMemory::Dmi::kYes : TestMemory::Dmi::kNo;
}

}  // namespace

CsbMonkey::CsbMonkey(sc_core::sc_module_name name, const HardwareConfig& config,
                     const Options& options)
    : sc_module(name),
      options_(options),
      dla_("dla", config, timing_of(options)),
      main_memory_("main_memory", {.base = 0x80000000, .bytes = kMainBytes}, dmi_of(options)),
      second_memory_("second_memory", {.base = 0x50000000, .bytes = kSecondBytes}, dmi_of(options)),
      irq_("irq"),
      csb_("csb"),
      program_(config, options.seed),
      memory_errors_(options.seed) {
    csb_.bind(dla_.csb);
    dla_.dbb.bind(main_memory_.socket);
    dla_.cvsram.bind(second_memory_.socket);
    dla_.irq.bind(irq_);
    dla_.events().attach(*this);
    if (options.memory_error_one_in != 0) {
        const auto answer = [this](const tlm::tlm_generic_payload&) {
            return memory_errors_.next() % options_.memory_error_one_in == 0
                       ? tlm::TLM_GENERIC_ERROR_RESPONSE
                       : tlm::TLM_OK_RESPONSE;
        };
        main_memory_.answer = second_memory_.answer = answer;
    }
    put_images();
    ++running_monkeys();
    sc_core::sc_spawn_options stack;
    stack.set_stack_size(1 << 20);
    sc_core::sc_spawn([this] { run(); }, "run", &stack);
}

CsbMonkey::~CsbMonkey() = default;

void CsbMonkey::put_images() {
    for (const trace::Image& image : program_.images()) {
        for (TestMemory* memory : {&main_memory_, &second_memory_}) {
            const auto place = memory->bytes(image.address, image.bytes.size());
            if (!place.empty()) std::ranges::copy(image.bytes, place.begin());
        }
    }
}

void CsbMonkey::run() {
    using Clock = std::chrono::steady_clock;
    for (std::uint64_t i = 0; i < options_.accesses; ++i) {
        const auto begin = Clock::now();
        perform(program_.next());
        if (++result_.accesses == options_.accesses / 4) result_.resident_kib = resident_kib();
        if (result_.accesses % kProgressEvery == 0) tell_progress();
        const std::chrono::duration<double> seconds = Clock::now() - begin;
        if (seconds.count() <= result_.slowest_access) continue;
        result_.slowest_access = seconds.count();
        result_.slowest_number = i;
    }
    if (--running_monkeys() == 0) sc_core::sc_stop();
}

void CsbMonkey::tell_progress() const {
    fmt::print("  {}: {} accesses, {} MiB resident\n", name(), result_.accesses,
               resident_kib() / 1024);
    std::fflush(stdout);
}

void CsbMonkey::perform(const MonkeyAccess& access) {
    if (access.reset_before) {
        dla_.reset();
        sc_core::wait(sc_core::SC_ZERO_TIME);
        ++result_.resets;
    }
    std::array<unsigned char, 8> data{};
    std::memcpy(data.data(), &access.value, sizeof(access.value));
    tlm::tlm_generic_payload payload;
    payload.set_command(access.kind == MonkeyAccess::Kind::kWrite ? tlm::TLM_WRITE_COMMAND
                                                                  : tlm::TLM_READ_COMMAND);
    payload.set_address(access.address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(access.size);
    payload.set_streaming_width(access.size);
    sc_core::sc_time delay;
    csb_->b_transport(payload, delay);
    // With timing off a cycle holds many times the work.
    const std::uint64_t cycles = access.wait_cycles / (options_.timing ? 1 : kUntimedWork);
    sc_core::wait(delay + dla_.clock().period() * static_cast<double>(cycles));
}

}  // namespace dla::testing
