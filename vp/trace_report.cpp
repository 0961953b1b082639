// SPDX-License-Identifier: Apache-2.0
#include "vp/trace_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string_view>

#include "vp/terminal.hpp"
#include "vp/text_escape.hpp"
#include "vp/text_file.hpp"

namespace dla::vp {
namespace {

using trace::Verdict;

std::size_t count(const std::vector<TraceResult>& results, Verdict verdict) {
    return static_cast<std::size_t>(std::ranges::count_if(
        results, [&](const TraceResult& r) { return r.outcome.verdict == verdict; }));
}

Colour colour_of(Verdict verdict) {
    if (verdict == Verdict::kPass) return Colour::kGreen;
    return verdict == Verdict::kUnsupported ? Colour::kYellow : Colour::kRed;
}

// The element inside <testcase> that says why it did not pass.
std::string junit_finding(const TraceResult& result) {
    const char* element = "failure";
    if (result.outcome.verdict == Verdict::kPass) return "";
    if (result.outcome.verdict == Verdict::kError) element = "error";
    if (result.outcome.verdict == Verdict::kUnsupported) element = "skipped";
    return fmt::format("<{} message=\"{}\"/>", element, xml_text(result.outcome.detail));
}

// At the configuration's clock.
std::string time_of(const TraceResult& result) {
    if (result.clock_mhz <= 0) return "";
    return fmt::format(" = {:.3f} us at {} MHz,",
                       static_cast<double>(result.outcome.cycles) / result.clock_mhz,
                       result.clock_mhz);
}

// The path from the source tree on, the same on every machine.
std::string portable_path(const std::string& path) {
    std::filesystem::path shown;
    for (const auto& component : std::filesystem::proximate(path))
        if (component != "..") shown /= component;
    return shown.generic_string();
}

// One row per configuration: how many traces ended how.
std::string markdown_summary(const std::vector<TraceResult>& results) {
    constexpr std::array kVerdicts{Verdict::kPass, Verdict::kFail, Verdict::kHang, Verdict::kError,
                                   Verdict::kUnsupported};
    std::map<std::string, std::vector<TraceResult>> by_config;
    for (const TraceResult& r : results)
        by_config[r.config.empty() ? "?" : r.config].push_back(r);
    by_config["all"] = results;
    std::string text = "| configuration | traces |";
    std::string rule = "| --- | ---: |";
    for (const Verdict v : kVerdicts) {
        text += fmt::format(" {} |", name_of(v));
        rule += " ---: |";
    }
    text += '\n' + rule + '\n';
    for (const auto& [config, some] : by_config) {
        text += fmt::format("| {} | {} |", config, some.size());
        for (const Verdict v : kVerdicts)
            text += fmt::format(" {} |", count(some, v));
        text += '\n';
    }
    return text;
}

}  // namespace

std::string line_of(const TraceResult& result, bool colours) {
    const std::string verdict = fmt::format("{:<11}", name_of(result.outcome.verdict));
    std::string line = fmt::format(
        "{} {:<20} {} {} cycles{} {:.2f} s",
        colours ? coloured(verdict, colour_of(result.outcome.verdict)) : verdict, result.config,
        result.path, result.outcome.cycles, time_of(result), result.wall_s);
    std::string_view rest = result.outcome.detail;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        line += fmt::format("\n            {}", rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return line;
}

std::string summary_of(const std::vector<TraceResult>& results) {
    std::string text =
        fmt::format("{} traces: {} pass", results.size(), count(results, Verdict::kPass));
    for (const Verdict v : {Verdict::kFail, Verdict::kHang, Verdict::kError, Verdict::kUnsupported})
        if (const std::size_t n = count(results, v); n > 0)
            text += fmt::format(", {} {}", n, name_of(v));
    return text;
}

int exit_code_of(const std::vector<TraceResult>& results) {
    if (count(results, Verdict::kFail) + count(results, Verdict::kHang) > 0) return 1;
    return count(results, Verdict::kError) > 0 ? 2 : 0;
}

Result<void> write_json(const std::string& file, const std::vector<TraceResult>& results) {
    std::string text = "[";
    for (const TraceResult& r : results) {
        text += text.size() > 1 ? ",\n " : "\n ";
        text += fmt::format(
            "{{\"name\": {}, \"path\": {}, \"config\": {}, \"verdict\": \"{}\", \"cycles\": {}, "
            "\"wall_s\": {:.3f}, {}{}\"detail\": {}}}",
            json_text(r.name), json_text(r.path), json_text(r.config), name_of(r.outcome.verdict),
            r.outcome.cycles, r.wall_s, r.layers.json, r.layers.json.empty() ? "" : ", ",
            json_text(r.outcome.detail));
    }
    return write_text(file, text + "\n]\n");
}

Result<void> write_list_json(const std::string& file, const std::vector<TraceResult>& results) {
    std::string text = "[";
    for (const TraceResult& r : results)
        text += fmt::format("{}{{\"name\": {}, \"path\": {}, \"config\": {}}}",
                            text.size() > 1 ? ",\n " : "\n ", json_text(r.name), json_text(r.path),
                            r.config.empty() ? "null" : json_text(r.config));
    return write_text(file, text + "\n]\n");
}

Result<void> write_markdown(const std::string& file, const std::string& command,
                            const std::vector<TraceResult>& results) {
    std::string text = fmt::format(
        "<!-- SPDX-License-Identifier: Apache-2.0 -->\n# Conformance\n\n"
        "Every register trace with its verdict; cycles are core clocks of the simulated DLA. "
        "Generated from the\nroot of the source tree by\n\n    {}\n\n"
        "## Summary\n\n{}\n## Traces\n\n"
        "| trace | configuration | verdict | cycles |\n| --- | --- | --- | ---: |\n",
        command, markdown_summary(results));
    for (const TraceResult& r : results)
        text += fmt::format("| {} | {} | {} | {} |\n", portable_path(r.path),
                            r.config.empty() ? "?" : r.config, name_of(r.outcome.verdict),
                            r.outcome.cycles);
    return write_text(file, text);
}

Result<void> write_junit(const std::string& file, const std::vector<TraceResult>& results) {
    const std::size_t failures = count(results, Verdict::kFail) + count(results, Verdict::kHang);
    double wall_s = 0;
    std::string cases;
    for (const TraceResult& r : results) {
        wall_s += r.wall_s;
        cases +=
            fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">{}</testcase>\n",
                        xml_text(r.config), xml_text(r.name), r.wall_s, junit_finding(r));
    }
    return write_text(
        file, fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                          "<testsuite name=\"traces\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
                          "skipped=\"{}\" time=\"{:.3f}\">\n{}</testsuite>\n",
                          results.size(), failures, count(results, Verdict::kError),
                          count(results, Verdict::kUnsupported), wall_s, cases));
}

}  // namespace dla::vp
