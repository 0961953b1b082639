// SPDX-License-Identifier: Apache-2.0
#include "vp/inject/inject_options.hpp"

#include <fmt/format.h>

#include "vp/observe/sink_option.hpp"
#include "vp/text_file.hpp"

namespace dla::vp::inject {

void add_inject_options(CLI::App& command, InjectOptions& options) {
    command
        .add_option("--inject", options.flips,
                    "flip a bit: PLACE[,KEY=VALUE...] with at=CYCLE or rate=FLIPS_PER_CYCLE; "
                    "places: register (unit, name, group, bit), table (unit, name, entry, bit), "
                    "cbuf (bank, entry, byte, bit), accumulator (pixel, kernel, bit), memory and "
                    "second-memory (address, bit). A value may be FIRST..LAST; what is left out is "
                    "drawn. Example: register,unit=SDP,name=D_DP_BS_CFG,bit=0,at=1200. May be "
                    "repeated")
        ->allow_extra_args(false);
    command
        .add_option("--inject-seed", options.seed,
                    "of what --inject draws; the same seed gives the same flips")
        ->capture_default_str();
    command.add_option("--inject-log", options.log,
                       "write every flip to this CSV file; %n is the run's name");
}

Result<InjectedRun> injected_run(const InjectOptions& options, const HardwareConfig& config,
                                 std::string_view run) {
    InjectedRun injected{
        .specs = {}, .seed = options.seed, .log = file_for(options.log, run), .told = {}};
    for (const std::string& text : options.flips) {
        auto spec = parse_flip(text, config);
        if (!spec) return tl::unexpected(spec.error());
        injected.specs.push_back(std::move(*spec));
    }
    return injected;
}

std::unique_ptr<Injector> start(Dla& dla, const InjectedRun& run, UsedMemory used) {
    if (run.specs.empty()) return nullptr;
    return std::make_unique<Injector>(
        dla, run.specs,
        InjectorOptions{.seed = run.seed, .used = std::move(used), .told = run.told});
}

std::unique_ptr<Injector> start(Platform& platform, const InjectedRun& run) {
    return start(platform.dla(), run, used_memory(platform));
}

UsedMemory used_memory(Platform& platform) {
    return [&platform](bool second) {
        std::vector<Stretch> stretches;
        Memory& memory = second ? platform.second_memory() : platform.main_memory();
        memory.visit_used([&](std::uint64_t address, std::span<const std::uint8_t> bytes) {
            stretches.push_back({address, bytes.size()});
        });
        return stretches;
    };
}

std::string in_words(std::span<const Flip> flips) {
    constexpr std::size_t kMost = 20;
    if (flips.empty()) return "injected: nothing; the run ended before the first flip was due";
    std::string text;
    for (const Flip& flip : flips.first(std::min(flips.size(), kMost)))
        text += fmt::format("{}injected: {}", text.empty() ? "" : "\n", flip.text());
    if (flips.size() > kMost)
        text += fmt::format("\ninjected: {} more, all of them in --inject-log FILE",
                            flips.size() - kMost);
    return text;
}

Result<void> write_log(const std::string& file, std::span<const Flip> flips) {
    if (file.empty()) return {};
    std::string text = "cycle,unit,where,bit,before,after,missed\n";
    for (const Flip& flip : flips)
        text += fmt::format("{},{},{},{},{:#x},{:#x},\"{}\"\n", flip.cycle, flip.unit, flip.where,
                            flip.bit, flip.before, flip.after, flip.missed);
    return write_text(file, text);
}

}  // namespace dla::vp::inject
