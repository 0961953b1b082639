// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/memory_model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_tlm/common/builtin_configs.hpp"
#include "dla_tlm/common/yaml_section.hpp"

namespace dla {
namespace {

constexpr double kMostCycles = 1e6;
constexpr unsigned kMostOutstanding = 65536;
constexpr double kMostBandwidth = 1e5;

MemoryModel read_memory(YamlSection root) {
    MemoryModel memory{.name = root.text("name"),
                       .summary = root.text("summary"),
                       .latency = root.real("latency", 1, kMostCycles),
                       .write_latency = root.real("write_latency", 1, kMostCycles),
                       .beat_interval = root.real("beat_interval", 1, kMostCycles),
                       .outstanding = root.number("outstanding", 0, kMostOutstanding),
                       .bandwidth_gb_per_s = root.real("bandwidth_gb_per_s", 0, kMostBandwidth)};
    root.finish();
    return memory;
}

}  // namespace

std::vector<std::string> builtin_memory_names() {
    std::vector<std::string> names;
    for (const BuiltinConfig& memory : builtin_memories())
        names.emplace_back(memory.name);
    return names;
}

Result<MemoryModel> builtin_memory(std::string_view name) {
    for (const BuiltinConfig& memory : builtin_memories()) {
        if (name == memory.name) {
            return parse_memory(memory.yaml, fmt::format("memory/{}.yaml", name));
        }
    }
    return fail(fmt::format("'{}' is not a memory; there are {}", name,
                            fmt::join(builtin_memory_names(), ", ")));
}

Result<MemoryModel> load_memory(const std::string& path) {
    const Result<std::string> text = read_text(path, "a memory description");
    if (!text) return tl::unexpected(text.error());
    return parse_memory(*text, path);
}

Result<MemoryModel> parse_memory(const std::string& yaml_text, const std::string& where) {
    return parse_yaml<MemoryModel>(yaml_text, where, read_memory);
}

Result<void> set_memory_field(MemoryModel& memory, std::string_view field, std::string_view value) {
    struct Setting {
        const char* name;
        double low;
        double high;
        bool whole;
    };
    constexpr Setting kSettings[] = {{"latency", 1, kMostCycles, false},
                                     {"write_latency", 1, kMostCycles, false},
                                     {"beat_interval", 1, kMostCycles, false},
                                     {"outstanding", 0, kMostOutstanding, true},
                                     {"bandwidth_gb_per_s", 0, kMostBandwidth, false}};
    const auto* setting =
        std::ranges::find_if(kSettings, [&](const Setting& s) { return field == s.name; });
    if (setting == std::end(kSettings)) {
        std::vector<const char*> names;
        for (const Setting& s : kSettings)
            names.push_back(s.name);
        return fail(fmt::format("memory.{} is not a field of a memory; fields are {}", field,
                                fmt::join(names, ", ")));
    }
    double number = 0;
    const bool parsed = YAML::convert<double>::decode(YAML::Node(std::string(value)), number);
    const bool whole = number == static_cast<double>(static_cast<std::int64_t>(number));
    if (!parsed || !(number >= setting->low && number <= setting->high) ||
        (setting->whole && !whole)) {
        return fail(fmt::format("memory.{} is '{}', legal is a {}number from {} to {}", field,
                                value, setting->whole ? "whole " : "", setting->low,
                                setting->high));
    }
    if (field == "latency") memory.latency = memory.write_latency = number;
    if (field == "write_latency") memory.write_latency = number;
    if (field == "beat_interval") memory.beat_interval = number;
    if (field == "outstanding") memory.outstanding = static_cast<unsigned>(number);
    if (field == "bandwidth_gb_per_s") memory.bandwidth_gb_per_s = number;
    return {};
}

MemoryTiming timing_of(const MemoryModel& memory, const MemoryPort& port, double clock_mhz) {
    constexpr double kMegahertzPerGigahertz = 1000;
    MemoryTiming timing{.read_latency = memory.latency,
                        .write_latency = memory.write_latency,
                        .beat_interval = memory.beat_interval,
                        .outstanding = memory.outstanding};
    if (memory.bandwidth_gb_per_s > 0) {
        const double bytes_per_cycle =
            memory.bandwidth_gb_per_s * kMegahertzPerGigahertz / clock_mhz;
        timing.shared_interval = port.width_bytes / bytes_per_cycle;
        timing.beat_interval = std::max(timing.beat_interval, timing.shared_interval);
    }
    return timing;
}

}  // namespace dla
