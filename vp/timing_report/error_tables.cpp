// SPDX-License-Identifier: Apache-2.0
#include "vp/timing_report/error_tables.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <vector>

#include "vp/timing_report/error_statistics.hpp"
#include "vp/timing_report/prediction.hpp"

namespace dla::vp {
namespace {

struct GoldenSet {
    std::string title;
    std::string configuration;
    HardwareConfig config;
    std::vector<GoldenRun> runs;
};

Result<std::vector<GoldenSet>> read_sets(const std::string& golden) {
    std::vector<GoldenSet> sets;
    for (const char* name : {"nv_small", "nv_small_master", "nv_small_256", "nv_large"}) {
        const auto config = builtin_config(name);
        if (!config) return tl::unexpected(config.error());
        auto runs = read_timing_runs(golden + "/timing", name, *config);
        if (!runs) return tl::unexpected(runs.error());
        sets.push_back({fmt::format("{}, sweep", name), name, *config, std::move(*runs)});
    }
    for (const char* name : {"nv_small", "nv_large"}) {
        const auto config = builtin_config(name);
        if (!config) return tl::unexpected(config.error());
        auto runs = read_functional_runs(golden + "/" + name, *config);
        if (!runs) return tl::unexpected(runs.error());
        sets.push_back({fmt::format("{}, random layers", name), name, *config, std::move(*runs)});
    }
    return sets;
}

// The bench of the sweeps: no back pressure, one beat per cycle, equal latencies.
bool plain_memory(const MemoryTiming& memory) {
    return memory.beat_interval <= 1 && memory.outstanding == 0 &&
           memory.read_latency == memory.write_latency;
}

std::string words_of(const MemoryTiming& memory) {
    std::string words = fmt::format("L = {}", memory.read_latency);
    if (memory.write_latency != memory.read_latency) {
        words += fmt::format(", Lw = {}", memory.write_latency);
    }
    if (memory.beat_interval > 1) words += fmt::format(", g = {}", memory.beat_interval);
    if (memory.outstanding > 0) words += fmt::format(", {} open", memory.outstanding);
    return words;
}

std::string table_row(const std::string& set, const std::string& what,
                      const ErrorStatistics& errors) {
    return fmt::format("| {} | {} | {} | {:.2f} | {:.2f} | {:.2f} | {} |\n", set, what,
                       errors.count(), errors.median(), errors.percentile90(), errors.worst(),
                       errors.worst_name());
}

std::string table_head(const char* second) {
    return fmt::format(
        "| golden runs | {} | runs | median % | p90 % | worst % | worst layer |\n"
        "|---|---|---|---|---|---|---|\n",
        second);
}

std::string name_of(const GoldenRun& run) {
    return fmt::format("{} at L = {}", run.name, run.memory.read_latency);
}

std::string unit_rows(const GoldenSet& set) {
    std::map<std::string, ErrorStatistics> by_kind;
    std::map<std::string, ErrorStatistics> by_bit;
    ErrorStatistics all;
    for (const GoldenRun& run : set.runs) {
        if (!plain_memory(run.memory)) continue;
        const double error = error_percent(run, set.config);
        all.add(name_of(run), error);
        by_kind[run.kind].add(name_of(run), error);
        const auto predicted = predict(run, set.config);
        for (const char* bit : {"cdma_dat_0", "cdma_wt_0", "cacc_0"}) {
            if (!run.done.contains(bit) || !predicted.contains(bit)) continue;
            const auto rtl = static_cast<double>(run.done.at(bit));
            by_bit[bit].add(name_of(run),
                            100 * (static_cast<double>(predicted.at(bit)) - rtl) / rtl);
        }
    }
    std::string rows = table_row(set.title, "all", all);
    for (const auto& [kind, errors] : by_kind)
        rows += table_row("", kind, errors);
    for (const auto& [bit, errors] : by_bit)
        rows += table_row("", "bit " + bit, errors);
    return rows;
}

std::string memory_rows(const GoldenSet& set) {
    std::map<std::string, ErrorStatistics> by_memory;
    for (const GoldenRun& run : set.runs) {
        if (!plain_memory(run.memory)) {
            by_memory[words_of(run.memory)].add(run.name, error_percent(run, set.config));
        }
    }
    std::string rows;
    for (const auto& [memory, errors] : by_memory)
        rows += table_row(set.title, memory, errors);
    return rows;
}

}  // namespace

Result<std::string> error_tables(const std::string& golden) {
    const auto sets = read_sets(golden);
    if (!sets) return tl::unexpected(sets.error());
    std::string text = table_head("layers");
    for (const GoldenSet& set : *sets)
        text += unit_rows(set);
    text += "\n" + table_head("memory");
    for (const GoldenSet& set : *sets)
        text += memory_rows(set);
    return text;
}

Result<std::string> error_rows(const std::string& golden) {
    const auto sets = read_sets(golden);
    if (!sets) return tl::unexpected(sets.error());
    std::string text = "set,config,name,kind,latency,wlatency,gap,limit,unit,rtl,model,length\n";
    for (const GoldenSet& set : *sets) {
        for (const GoldenRun& run : set.runs) {
            const auto predicted = predict(run, set.config);
            for (const auto& [unit, cycle] : run.done) {
                const auto found = predicted.find(unit);
                if (found == predicted.end()) continue;
                text +=
                    fmt::format("\"{}\",{},{},{},{},{},{},{},{},{},{},{}\n", set.title,
                                set.configuration, run.name, run.kind, run.memory.read_latency,
                                run.memory.write_latency, run.memory.beat_interval,
                                run.memory.outstanding, unit, cycle, found->second, run.length());
            }
        }
    }
    return text;
}

}  // namespace dla::vp
