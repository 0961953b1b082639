// SPDX-License-Identifier: Apache-2.0
#include "vp/timing_report/golden_runs.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "dla_tlm/common/interrupts.hpp"

namespace dla::vp {
namespace {

// Memory latencies of the functional sets and where their cycles are told.
constexpr std::pair<unsigned, const char*> kLatencies[] = {
    {1, "cycles_lat1"}, {50, "cycles_last_enable_to_last_irq"}, {173, "cycles_lat173"}};
constexpr Cycles kInterruptPin = 4;  // status bit to pin (timing.md section 3.6)

using Row = std::map<std::string, std::string>;

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');)
        cells.push_back(cell);
    return cells;
}

std::vector<Row> read_csv(std::istream& file) {
    std::string line;
    std::getline(file, line);
    const std::vector<std::string> titles = split(line);
    std::vector<Row> rows;
    while (std::getline(file, line)) {
        const std::vector<std::string> cells = split(line);
        Row row;
        for (std::size_t i = 0; i < titles.size(); ++i) {
            row[titles[i]] = i < cells.size() ? cells[i] : "";
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

GoldenRun run_of(const Row& row) {
    const auto number = [&](const char* column) { return std::atoi(row.at(column).c_str()); };
    GoldenRun run{};
    run.name = row.at("name");
    const std::string& op = row.at("op");
    run.kind = op == "sdppdp" || op == "convpdp"        ? "fused"
               : op == "conv" && !row.at("img").empty() ? "image"
                                                        : op;
    run.memory = {.read_latency = static_cast<double>(number("rd_latency")),
                  .write_latency = static_cast<double>(number("wr_resp_latency")),
                  .beat_interval = static_cast<double>(number("rd_beat_gap")),
                  .outstanding = static_cast<unsigned>(number("rd_outstanding_limit"))};
    run.first_enable = number("first_enable");
    for (const auto& [column, value] : row) {
        if (column.starts_with("done_") && !value.empty()) {
            run.done[column.substr(5)] = std::atoi(value.c_str());
        }
    }
    for (const auto& [column, value] : row) {
        if (column.find(".D_PERF_") == std::string::npos || column.ends_with("_group1")) continue;
        if (!value.empty())
            run.counters[column] = static_cast<std::uint32_t>(std::atoll(value.c_str()));
    }
    return run;
}

// "CDMA_DAT_1" to its status bit.
unsigned status_bit(const std::string& name) {
    const std::map<std::string, InterruptSource> sources{{"SDP", InterruptSource::kSdp},
                                                         {"CDP", InterruptSource::kCdp},
                                                         {"PDP", InterruptSource::kPdp},
                                                         {"CDMA_DAT", InterruptSource::kCdmaData},
                                                         {"CDMA_WT", InterruptSource::kCdmaWeight},
                                                         {"CACC", InterruptSource::kCacc}};
    const std::size_t group = name.rfind('_');
    return static_cast<unsigned>(sources.at(name.substr(0, group))) +
           static_cast<unsigned>(std::atoi(name.substr(group + 1).c_str()));
}

// The chain of units that one or no trace of the functional sets runs at a time.
std::string kind_of(const TraceProgram& p) {
    const std::size_t layers = p.convolutions.size() + p.cdps.size();
    if (p.sdps.size() > 1 || p.pdps.size() > 1 || layers > 1) return "";
    if (!p.cdps.empty()) return p.sdps.empty() && p.pdps.empty() ? "cdp" : "";
    if (!p.pdps.empty() && !p.sdps.empty()) return p.sdps[0].layer.to_pdp ? "fused" : "";
    if (!p.pdps.empty()) return "pdp";
    if (p.convolutions.empty()) return p.sdps.empty() ? "" : "sdp";
    return p.convolutions[0].image ? "image" : "conv";
}

std::string last_unit(const std::string& kind, const TraceProgram& p) {
    if (kind == "cdp") return "cdp_0";
    return p.pdps.empty() ? "sdp_0" : "pdp_0";
}

}  // namespace

Cycles GoldenRun::length() const {
    Cycles last = 0;
    for (const auto& [unit, cycle] : done)
        last = std::max(last, cycle);
    const bool two_layers = kind == "conv2" || kind == "sdp2";
    return two_layers ? last - first_enable : last;
}

Result<std::vector<GoldenRun>> read_timing_runs(const std::string& folder,
                                                const std::string& configuration,
                                                const HardwareConfig& config) {
    const std::string path = folder + "/" + configuration + ".csv";
    std::ifstream file(path);
    if (!file) return fail(fmt::format("{}: cannot be read", path));
    std::map<std::string, TraceProgram> programs;
    std::vector<GoldenRun> runs;
    for (const Row& row : read_csv(file)) {
        GoldenRun run = run_of(row);
        run.trace = fmt::format("{}/{}/{}/{}.cfg", folder, configuration, run.name, run.name);
        if (!programs.contains(run.name)) {
            auto program = read_program(run.trace, config);
            if (!program) return tl::unexpected(program.error());
            programs[run.name] = std::move(*program);
        }
        run.program = programs[run.name];
        runs.push_back(std::move(run));
    }
    return runs;
}

Result<std::vector<FunctionalTrace>> read_functional_traces(const std::string& folder) {
    std::vector<FunctionalTrace> traces;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename();
        const std::string stem = fmt::format("{}/{}/{}", folder, name, name);
        if (!std::filesystem::exists(stem + ".json")) continue;
        const YAML::Node json = YAML::LoadFile(stem + ".json");
        FunctionalTrace trace{
            .name = name, .trace = stem + ".cfg", .interrupts = {}, .cycles = {}, .registers = {}};
        for (const auto& interrupt : json["interrupts"])
            trace.interrupts.emplace_back(status_bit(interrupt[0].as<std::string>()),
                                          interrupt[1].as<Cycles>());
        for (const auto& [latency, key] : kLatencies)
            if (json[key]) trace.cycles[latency] = json[key].as<Cycles>() - kInterruptPin;
        for (const auto& reg : json["final_regs"]) {
            const auto whole = reg.first.as<std::string>();
            trace.registers[whole.substr(0, whole.rfind("_0"))] = reg.second.as<std::uint32_t>();
        }
        traces.push_back(std::move(trace));
    }
    std::ranges::sort(traces, {}, &FunctionalTrace::name);
    return traces;
}

Result<std::vector<GoldenRun>> read_functional_runs(const std::string& folder,
                                                    const HardwareConfig& config) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    std::vector<GoldenRun> runs;
    for (const std::string& name : names) {
        const std::string stem = fmt::format("{}/{}/{}", folder, name, name);
        auto program = read_program(stem + ".cfg", config);
        if (!program) return tl::unexpected(program.error());
        const std::string kind = kind_of(*program);
        if (kind.empty()) continue;
        const YAML::Node json = YAML::LoadFile(stem + ".json");
        for (const auto& [latency, key] : kLatencies) {
            if (!json[key]) continue;
            const double cycles = latency;
            GoldenRun run{.name = name,
                          .kind = kind,
                          .memory = {.read_latency = cycles, .write_latency = cycles},
                          .program = *program,
                          .trace = stem + ".cfg",
                          .done = {}};
            run.done[last_unit(kind, *program)] = json[key].as<Cycles>() - kInterruptPin;
            runs.push_back(std::move(run));
        }
    }
    return runs;
}

}  // namespace dla::vp
