// SPDX-License-Identifier: Apache-2.0
#include "vp/trace_run.hpp"

#include <fmt/format.h>

#include <exception>

#include "dla_tlm/common/guest_error_words.hpp"
#include "dla_tlm/core/hang_explanation.hpp"
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/player/trace_player.hpp"
#include "vp/inject/inject_options.hpp"
#include "vp/layer_report.hpp"
#include "vp/monitor/monitor.hpp"
#include "vp/observe/sink_set.hpp"
#include "vp/platform/platform.hpp"
#include "vp/result_registers.hpp"
#include "vp/text_file.hpp"
#include "vp/trace_needs.hpp"

namespace dla::vp {
namespace {

using trace::Outcome;
using trace::Verdict;

// What the guest did wrong, for the report of a trace that does not pass.
std::string guest_errors(const EventStream& events) {
    std::string text;
    for (const auto& [first, times] : events.guest_errors())
        text += fmt::format("\nclock {}, {}: {}{}", first.cycle, first.unit, first.message,
                            times_words(times));
    return text;
}

class PlatformBench : public trace::Bench {
  public:
    explicit PlatformBench(Platform& platform) : platform_(platform) {}

    std::span<std::uint8_t> bytes(trace::Memory memory, std::uint64_t address,
                                  std::uint64_t size) override {
        return memory == trace::Memory::kPrimary ? platform_.main_memory().bytes(address, size)
                                                 : platform_.second_memory().bytes(address, size);
    }
    bool moving() const override { return platform_.dla().moving(); }
    std::string explain_hang() const override { return dla::explain_hang(platform_.dla()); }
    std::optional<std::uint64_t> last_done_cycle() const override {
        return platform_.dla().glb().last_raise_cycle();
    }

  private:
    Platform& platform_;
};

// The usual map, or one that begins at 0 where the trace puts data below the usual one.
PlatformMap map_for(const trace::Trace& trace) {
    static constexpr MemoryRegion kWhole{.base = 0, .bytes = std::uint64_t{1} << 32};
    PlatformMap map;
    const auto widen = [](MemoryRegion& region, std::uint64_t address, std::uint64_t size) {
        if (!region.contains(address, size)) region = kWhole;
    };
    for (const trace::Statement& statement : trace.statements) {
        std::visit(
            [&](const auto& action) {
                if constexpr (requires { action.memory; })
                    widen(action.memory == trace::Memory::kPrimary ? map.main_memory
                                                                   : map.second_memory,
                          action.address, action.size);
            },
            statement.action);
    }
    return map;
}

Outcome unsupported(std::string why) {
    return {Verdict::kUnsupported, 0, std::move(why)};
}

Result<void> write_wanted(const std::string& path, const std::string& text) {
    return path.empty() ? Result<void>{} : write_text(path, text);
}

Result<void> report_flips(const inject::Injector* injector, const std::string& log,
                          Outcome& outcome) {
    if (injector == nullptr) return {};
    outcome.detail += (outcome.detail.empty() ? "" : "\n") + inject::in_words(injector->flips());
    return inject::write_log(log, injector->flips());
}

Outcome play(const trace::Trace& trace, const HardwareConfig& config,
             const TraceRunOptions& options, LayerTexts* texts) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    Platform platform("platform", config, options.timing, map_for(trace));
    if (const auto missing = missing_model(trace, platform.dla()); !missing.empty())
        return unsupported(missing);
    LayerReport layers(config);
    const bool wanted = texts != nullptr || !options.layers_file.empty();
    if (wanted) platform.dla().events().attach(layers);
    auto sinks = SinkSet::open(options.sinks, options.name, config, options.record);
    if (!sinks) return {Verdict::kError, 0, sinks.error().message};
    sinks->attach(platform.dla().events());
    for (EventSink* listener : options.listeners)
        platform.dla().events().attach(*listener);
    PlatformBench bench(platform);
    auto checkpoint = TraceCheckpoint::open(platform, trace, options.checkpoint);
    if (!checkpoint) return {Verdict::kError, 0, checkpoint.error().message};
    trace::TracePlayer player("player", trace, config, bench,
                              {.clock_period = platform.dla().clock().period(),
                               .hang_clocks = options.hang_clocks,
                               .dump_folder = options.dump_folder,
                               .checkpoint = &*checkpoint});
    player.bus().csb.bind(platform.dla().csb);
    player.bus().irq.bind(platform.irq());
    if (const auto restored = checkpoint->restore(); !restored)
        return {Verdict::kError, 0, restored.error().message};
    if (options.before) options.before(platform);
    const auto injector = inject::start(platform, options.inject);
    const auto opened = monitor::Monitor::open(options.monitor, monitor::Gate::Pause::kBlock);
    if (!opened) return {Verdict::kError, 0, opened.error().message};
    (*opened)->watch("", platform.dla());
    (*opened)->begin();
    sc_core::sc_start();
    Outcome outcome = player.outcome();
    if (const auto saved = checkpoint->finish(); !saved && outcome.verdict == Verdict::kPass)
        return {Verdict::kError, 0, saved.error().message};
    if (const std::string lines = checkpoint->idle_lines(); !lines.empty())
        outcome.detail += (outcome.detail.empty() ? "" : "\n") + lines;
    if (const auto written = report_flips(injector.get(), options.inject.log, outcome); !written)
        return {Verdict::kError, 0, written.error().message};
    if (options.after) options.after(platform);
    if (texts != nullptr) *texts = {layers.table(), layers.summary(), layers.totals().json()};
    if (const auto written = write_wanted(options.layers_file, layers.csv()); !written)
        return {Verdict::kError, 0, written.error().message};
    if (const auto written = write_wanted(options.registers_file, result_registers(platform.dla()));
        !written)
        return {Verdict::kError, 0, written.error().message};
    if (outcome.verdict != Verdict::kPass) outcome.detail += guest_errors(platform.dla().events());
    platform.dla().events().tell_guest_error_counts();
    if (const auto written = sinks->finish(); !written)
        return {Verdict::kError, 0, written.error().message};
    return outcome;
}

}  // namespace

Outcome run_trace(const std::string& path, const HardwareConfig& config,
                  const TraceRunOptions& options, LayerTexts* texts) {
    try {
        const auto trace = trace::load_trace(path, config.address_map);
        if (!trace) return {Verdict::kError, 0, trace.error().message};
        if (const auto missing = missing_hardware(*trace, config); !missing.empty())
            return unsupported(missing);
        return play(*trace, config, options, texts);
    } catch (const std::exception& error) {
        return {Verdict::kError, 0, error.what()};
    }
}

}  // namespace dla::vp
