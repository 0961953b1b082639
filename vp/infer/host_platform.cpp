// SPDX-License-Identifier: Apache-2.0
#include "vp/infer/host_platform.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_tlm/core/hang_explanation.hpp"

namespace dla::vp {
namespace {

constexpr PlatformMap kMap{};
// Where the public platform reserves memory for the DLA.
constexpr MemoryRegion kMainPages{.base = 0xc0000000, .bytes = 0x40000000};
// By then CBUF is flushed in every configuration.
constexpr std::uint64_t kFirstTaskCycle = 10000;
// How long the DLA may take to come to rest behind a task.
constexpr double kSettleCycles = 64;
constexpr unsigned kSettleSteps = 10000;

std::uint64_t bus_address(const void* handle) {
    return reinterpret_cast<std::uintptr_t>(handle);
}

}  // namespace

Result<HardwareConfig> config_for(const std::string& name, const runtime::Loadable& loadable) {
    if (name.ends_with(".yaml")) return load_config(name);
    if (!name.empty()) return builtin_config(name);
    for (const runtime::Tensor& tensor : loadable.tensors) {
        if (tensor.pixel_format == runtime::kPixelFeatureX8) return builtin_config("nv_small");
    }
    return builtin_config("nv_full");
}

HostPlatform::HostPlatform(const HardwareConfig& config, const TimingMode& timing)
    : config_(config),
      platform_("platform", config, timing),
      driver_("firmware", config, *this),
      main_pages_(kMainPages),
      second_pages_(kMap.second_memory) {
    driver_.csb.bind(platform_.dla().csb);
    driver_.irq(platform_.irq());
}

HostPlatform::~HostPlatform() = default;

const BusMemory& HostPlatform::pages_of(std::uint64_t address) const {
    return kMap.second_memory.contains(address, 1) ? second_pages_ : main_pages_;
}

Result<runtime::MappedMemory> HostPlatform::allocate(unsigned, std::uint64_t size,
                                                     runtime::MemoryDomain domain) {
    const bool sram = domain == runtime::MemoryDomain::kSram;
    if (sram && !config_.features.second_memory)
        return fail(config_.name +
                    " has no second memory (SRAM), which the network uses; choose a configuration "
                    "with one by --config");
    BusMemory& pages = sram ? second_pages_ : main_pages_;
    const auto address = pages.take(size);
    if (!address) return tl::unexpected(address.error());
    const auto memory = bytes(*address, pages.size_at(*address));
    std::fill(memory.begin(), memory.end(), std::uint8_t{0});
    // The handle of the runtime's interface is a pointer; here it carries the bus address.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    return runtime::MappedMemory{reinterpret_cast<void*>(*address), memory.data(), memory.size()};
}

void HostPlatform::free(unsigned, const runtime::MappedMemory& memory) {
    const std::uint64_t address = bus_address(memory.handle);
    (&pages_of(address) == &second_pages_ ? second_pages_ : main_pages_).give_back(address);
}

std::span<std::uint8_t> HostPlatform::bytes(std::uint64_t address, std::uint64_t size) {
    Memory* memory = platform_.memory_at(address, size);
    return memory ? memory->bytes(address, size) : std::span<std::uint8_t>{};
}

std::string HostPlatform::explain_hang() const {
    return dla::explain_hang(platform_.dla());
}

void HostPlatform::log(firmware::LogLevel level, std::string_view text) {
    if (level >= firmware::LogLevel::kWarning) firmware_words_.emplace_back(text);
}

firmware::HostTask HostPlatform::host_task(std::span<const runtime::TaskAddress> addresses) const {
    firmware::HostTask task;
    for (const runtime::TaskAddress& address : addresses) {
        const std::uint64_t base = bus_address(address.handle);
        const BusMemory& pages = pages_of(base);
        task.addresses.push_back({base + address.offset, pages.size_at(base) - address.offset});
    }
    return task;
}

void HostPlatform::flush_buffer() {
    const Clock& clock = platform_.dla().clock();
    if (clock.now() < kFirstTaskCycle) {
        sc_core::sc_start(clock.period() * static_cast<double>(kFirstTaskCycle - clock.now()));
    }
}

Result<SavedState> HostPlatform::save(const std::string& subject) {
    flush_buffer();
    const sc_core::sc_time step = platform_.dla().clock().period() * kSettleCycles;
    for (unsigned i = 0; i < kSettleSteps && !platform_.dla().busy().empty(); ++i)
        sc_core::sc_start(step);
    return save_platform(platform_, subject);
}

Result<void> HostPlatform::restore(const SavedState& state, const std::string& subject) {
    run_up_to(state, platform_.dla().clock());
    if (auto done = restore_platform(platform_, state, subject); !done) return done;
    const auto time = sc_core::sc_time::from_value(state.time);
    sc_core::sc_start(time - sc_core::sc_time_stamp());
    return {};
}

Result<firmware::TaskReport> HostPlatform::simulate(const firmware::HostTask& task) {
    flush_buffer();
    Result<firmware::TaskReport> result = fail("the simulation ended before the task");
    driver_.post(task, [&result](Result<firmware::TaskReport> report) {
        result = std::move(report);
        sc_core::sc_pause();
    });
    sc_core::sc_start();
    return result;
}

// The message, and what the firmware said that is not in it yet.
std::string HostPlatform::with_firmware_words(std::string message) const {
    for (const std::string& words : firmware_words_) {
        if (message.find(words) == std::string::npos) message += "; firmware: " + words;
    }
    return message;
}

Result<void> HostPlatform::submit(unsigned, std::span<const runtime::TaskAddress> addresses) {
    if (before_task_) {
        const auto wanted = before_task_(task_++);
        if (!wanted) return tl::unexpected(wanted.error());
        if (!*wanted) return {};
    }
    const firmware::HostTask task = host_task(addresses);
    const auto memory = [&](std::size_t position) -> std::span<const std::uint8_t> {
        const firmware::TaskAddress& address = task.addresses[position];
        return bytes(address.bus_address, address.bytes);
    };
    auto decoded = runtime::decode_dla_task(memory, task.addresses.size(), runtime::Generation::kB);
    if (!decoded) return tl::unexpected(decoded.error());
    TaskRun run{.task = std::move(*decoded), .report = {}, .outputs = {}, .costs = {}};
    firmware_words_.clear();
    LayerWatch watch(run.task, config_.memory_atom_bytes, memory, progress_);
    platform_.dla().events().attach(watch);
    auto report = simulate(task);
    platform_.dla().events().detach(watch);
    if (!report) return fail(with_firmware_words(report.error().message));
    run.report = std::move(*report);
    run.outputs = watch.outputs();
    run.costs = watch.costs();
    runs_.push_back(std::move(run));
    return {};
}

}  // namespace dla::vp
