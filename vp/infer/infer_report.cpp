// SPDX-License-Identifier: Apache-2.0
#include "vp/infer/infer_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "dla_tlm/common/drop_link.hpp"
#include "runtime/show/layers.hpp"

namespace dla::vp {
namespace {

constexpr std::size_t kWordsWidth = 60;

std::string shortened(const std::string& words) {
    return words.size() <= kWordsWidth ? words : words.substr(0, kWordsWidth - 3) + "...";
}

// Behind the CRC, as the operation's column is full of other words.
std::string sharing(const LayerLine& line) {
    const std::string words = with_sharing("", line.cost.parts);
    return words.empty() ? "" : " " + words;
}

std::string crc_text(const LayerLine& line) {
    return line.output ? fmt::format("{:08x}", line.output->crc32) : "-";
}

double cycles_of(const LayerLine& line) {
    return static_cast<double>(line.cycles());
}

std::string npy_path(const std::string& folder, const LayerLine& line) {
    return (std::filesystem::path(folder) / (line.name + ".npy")).string();
}

// The layers of one task: begins need the ends of the same unit before.
void add_lines(std::vector<LayerLine>& lines, const TaskRun& run, std::size_t task,
               const HardwareConfig& config) {
    std::array<std::uint64_t, runtime::kOpTypes> unit_free{};
    auto records = run.report.layers;
    std::sort(records.begin(), records.end(),
              [](const auto& a, const auto& b) { return a.done < b.done; });
    for (const firmware::LayerRecord& record : records) {
        const auto index = static_cast<std::size_t>(record.operation) +
                           record.roi * run.task.network.num_operations;
        if (index >= run.task.operations.size() || !record.done) continue;
        const runtime::Operation& op = run.task.operations[index];
        const runtime::Traffic moved = runtime::traffic(op, config.memory_atom_bytes);
        std::uint64_t& free = unit_free[static_cast<std::size_t>(op.common.type)];
        const auto& output = run.outputs[index];
        lines.push_back({.name = fmt::format("task{}-{}", task, runtime::layer_name(op, index)),
                         .unit = runtime::name_of(op.common.type),
                         .group = record.group,
                         .words = runtime::operation_words(op),
                         .begin = std::max(record.enabled(), free),
                         .end = *record.done,
                         .macs = runtime::macs(op),
                         .bytes_read = moved.read,
                         .bytes_written = moved.written,
                         .cost = run.costs[index],
                         .output = output ? &*output : nullptr});
        free = *record.done;
    }
}

}  // namespace

std::vector<LayerLine> layer_lines(std::span<const TaskRun> runs, const HardwareConfig& config) {
    std::vector<LayerLine> lines;
    for (std::size_t i = 0; i < runs.size(); ++i)
        add_lines(lines, runs[i], i, config);
    std::stable_sort(lines.begin(), lines.end(),
                     [](const LayerLine& a, const LayerLine& b) { return a.begin < b.begin; });
    return lines;
}

std::uint64_t total_cycles(std::span<const TaskRun> runs) {
    if (runs.empty()) return 0;
    return runs.back().report.last_interrupt - runs.front().report.first_enable;
}

LayerTotals totals(const std::vector<LayerLine>& lines, const HardwareConfig& config) {
    LayerTotals totals(config);
    for (const LayerLine& line : lines)
        totals.add(line.cost, line.begin, line.end);
    return totals;
}

std::string table(const std::vector<LayerLine>& lines, const HardwareConfig& config) {
    const CostColumns columns(config, totals(lines, config).work().secondary.total() > 0);
    std::string text =
        fmt::format("{:14} {:{}} {:>10} {:>10} {:>12} {}  {}\n", "layer", "operation", kWordsWidth,
                    "begin", "cycles", "MACs", columns.head(), "CRC-32");
    for (const LayerLine& line : lines) {
        text += fmt::format(
            "{:14} {:{}} {:>10} {:>10} {:>12} {}  {}{}\n", line.name, shortened(line.words),
            kWordsWidth, line.begin, line.cycles(), line.macs ? fmt::to_string(line.macs) : "-",
            columns.cells(line.cost, cycles_of(line)), crc_text(line), sharing(line));
    }
    return text;
}

std::string json(const std::vector<LayerLine>& lines, std::uint64_t cycles,
                 const HardwareConfig& config) {
    std::string text =
        fmt::format("{{\"config\": \"{}\", \"clock_mhz\": {}, \"cycles\": {}, \"layers\": [",
                    config.name, config.clock_mhz, cycles);
    const CostColumns columns(config, true);
    const char* separator = "\n";
    for (const LayerLine& line : lines) {
        text += fmt::format(
            "{}  {{\"name\": \"{}\", \"unit\": \"{}\", \"group\": {}, \"operation\": \"{}\", "
            "\"start\": {}, \"end\": {}, \"cycles\": {}, \"macs\": {}, \"bytes\": {}, "
            "\"bytes_read\": {}, \"bytes_written\": {}, {}, \"out_crc32\": {}}}",
            separator, line.name, line.unit, line.group, line.words, line.begin, line.end,
            line.cycles(), line.macs, line.bytes_read + line.bytes_written, line.bytes_read,
            line.bytes_written, columns.json(line.cost, cycles_of(line)),
            line.output ? fmt::format("\"{}\"", crc_text(line)) : "null");
        separator = ",\n";
    }
    return text + "\n]}\n";
}

Result<void> dump_layers(const std::vector<LayerLine>& lines, const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(fmt::format("{}: {}", folder, error.message()));
    for (const LayerLine& line : lines) {
        if (!line.output) continue;
        drop_link(npy_path(folder, line));
        auto done = runtime::write_npy(npy_path(folder, line), line.output->array);
        if (!done) return done;
    }
    return {};
}

std::string LayerComparison::summary() const {
    std::string text = differences;
    if (differences.empty())
        text += fmt::format("{} layers are equal\n", without.empty() ? "all" : "the compared");
    if (!without.empty())
        text += fmt::format("{} of {} layers compared, no file of {}\n", compared,
                            compared + without.size(), fmt::join(without, ", "));
    return text;
}

Result<LayerComparison> compare_layers(const std::vector<LayerLine>& lines,
                                       const std::string& folder) {
    LayerComparison result;
    for (const LayerLine& line : lines) {
        if (!line.output) continue;
        const std::string path = npy_path(folder, line);
        if (!std::filesystem::exists(path)) {
            result.without.push_back(line.name);
            continue;
        }
        const auto expected = runtime::read_npy(path);
        if (!expected) return tl::unexpected(expected.error());
        ++result.compared;
        const std::string why = runtime::array_difference(line.output->array, *expected);
        if (!why.empty()) result.differences += fmt::format("{}: {}\n", line.name, why);
    }
    if (result.compared == 0) {
        return fail(
            fmt::format("{}: no file is named like a layer ({}.npy); --dump-layers writes them",
                        folder, lines.empty() ? "task0-conv0" : lines.front().name));
    }
    return result;
}

}  // namespace dla::vp
