// SPDX-License-Identifier: Apache-2.0
#include "vp/memory_options.hpp"

#include <fmt/format.h>

namespace dla::vp {
namespace {

Result<MemoryModel> find_memory(const std::string& name) {
    const bool file = name.ends_with(".yaml") || name.find('/') != std::string::npos;
    return file ? load_memory(name) : builtin_memory(name);
}

Result<void> apply(const std::string& setting, MemoryModel& main, MemoryModel& second) {
    const std::size_t dot = setting.find('.');
    const std::size_t equals = setting.find('=');
    const std::string place = setting.substr(0, dot);
    if (dot == std::string::npos || equals == std::string::npos || equals < dot ||
        (place != "memory" && place != "second_memory")) {
        return fail(
            fmt::format("--set {}: legal are memory.FIELD=VALUE and "
                        "second_memory.FIELD=VALUE",
                        setting));
    }
    return set_memory_field(place == "memory" ? main : second,
                            setting.substr(dot + 1, equals - dot - 1), setting.substr(equals + 1));
}

}  // namespace

void add_memory_choice(CLI::App& command, MemoryOptions& options) {
    command
        .add_option("--memory", options.main,
                    fmt::format("main memory by name ({}) or .yaml file",
                                fmt::join(builtin_memory_names(), ", ")))
        ->capture_default_str();
    command.add_option("--second-memory", options.second, "memory of the second port, alike")
        ->capture_default_str();
}

bool sets_memory(const std::string& setting) {
    return setting.starts_with("memory.") || setting.starts_with("second_memory.");
}

void add_memory_options(CLI::App& command, MemoryOptions& options) {
    add_memory_choice(command, options);
    command
        .add_option("--set", options.settings,
                    "one field of a memory, for example memory.latency=200; may be repeated")
        ->allow_extra_args(false);
}

Result<TimingMode> timing_mode(const MemoryOptions& options, const HardwareConfig& config) {
    Result<MemoryModel> main = find_memory(options.main);
    if (!main) return tl::unexpected(main.error());
    Result<MemoryModel> second = find_memory(options.second);
    if (!second) return tl::unexpected(second.error());
    for (const std::string& setting : options.settings) {
        const Result<void> applied = apply(setting, *main, *second);
        if (!applied) return tl::unexpected(applied.error());
    }
    TimingMode mode{};
    mode.primary = timing_of(*main, config.primary, config.clock_mhz);
    mode.secondary = timing_of(*second, config.secondary, config.clock_mhz);
    return mode;
}

}  // namespace dla::vp
