// SPDX-License-Identifier: Apache-2.0
#include "vp/campaign/campaign_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "vp/text_escape.hpp"

namespace dla::vp::campaign {
namespace {

constexpr std::array<const char*, kFates> kColours{"#9ab87a", "#d0452f", "#e8a33d", "#4878a8",
                                                   "#222222"};
constexpr double kLabelWidth = 90;
constexpr double kBarWidth = 360;
constexpr double kDotsBegin = kLabelWidth + kBarWidth + 40;
constexpr double kDotsWidth = 520;
constexpr double kRowHeight = 26;
constexpr double kTop = 44;

std::size_t count(const UnitFates& row, Fate fate) {
    return row.count[static_cast<std::size_t>(fate)];
}

std::string interval_words(const UnitFates& row) {
    const std::size_t wrong = count(row, Fate::kWrongOutput);
    const Interval around = interval(wrong, row.runs());
    const double share =
        row.runs() == 0 ? 0 : 100 * static_cast<double>(wrong) / static_cast<double>(row.runs());
    return fmt::format("{:.1f} % ({:.1f} to {:.1f})", share, around.low, around.high);
}

std::string legend() {
    std::string text;
    double x = 0;
    constexpr double kStep = 120;
    for (std::size_t i = 0; i < kFates; ++i, x += kStep)
        text += fmt::format(
            "<rect x=\"{}\" y=\"4\" width=\"12\" height=\"12\" fill=\"{}\"/>"
            "<text x=\"{}\" y=\"14\">{}</text>\n",
            x, kColours[i], x + 17, kFateNames[i]);
    return text;
}

std::string bar(const UnitFates& row, double y) {
    std::string text =
        fmt::format("<text x=\"0\" y=\"{}\">{}</text>\n", y + 15, xml_text(row.unit));
    double x = kLabelWidth;
    for (std::size_t i = 0; i < kFates; ++i) {
        const double width =
            kBarWidth * static_cast<double>(row.count[i]) / static_cast<double>(row.runs());
        if (row.count[i] > 0)
            text += fmt::format(
                "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\">"
                "<title>{}: {} of {} {}</title></rect>\n",
                x, y, width, kRowHeight - 6, kColours[i], xml_text(row.unit), row.count[i],
                row.runs(), kFateNames[i]);
        x += width;
    }
    return text + fmt::format("<text x=\"{}\" y=\"{}\">{}</text>\n", x + 4, y + 15, row.runs());
}

std::string dot(const RunRecord& record, const inject::Range& cycles, double y) {
    const double span = std::max(1.0, static_cast<double>(cycles.last - cycles.first));
    const double x =
        kDotsBegin + kDotsWidth * static_cast<double>(record.cycle - cycles.first) / span;
    return fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\" "
        "fill-opacity=\"0.75\"><title>run {}: {}: "
        "{}</title></circle>\n",
        x, y + kRowHeight / 2 - 3, kColours[static_cast<std::size_t>(record.fate)], record.run,
        xml_text(record.flips.empty() ? "" : record.flips.front()), name_of(record.fate));
}

std::string html_table(const std::vector<UnitFates>& rows) {
    std::string text = "<table><tr><th>Unit</th><th>Runs</th>";
    for (const char* name : kFateNames)
        text += fmt::format("<th>{}</th>", name);
    text += "<th>Wrong output, 95 % interval</th></tr>\n";
    for (const UnitFates& row : rows) {
        text += fmt::format("<tr><td>{}</td><td>{}</td>", xml_text(row.unit), row.runs());
        for (const std::size_t n : row.count)
            text += fmt::format("<td>{}</td>", n);
        text += fmt::format("<td>{}</td></tr>\n", interval_words(row));
    }
    return text + "</table>\n";
}

}  // namespace

std::string table(const Results& results) {
    std::string text =
        fmt::format("{:<10}{:>7}{:>9}{:>14}{:>10}{:>7}{:>7}  {}\n", "unit", "runs", "masked",
                    "wrong output", "detected", "hang", "crash", "wrong output, 95 % interval");
    for (const UnitFates& row : by_unit(results.records))
        text += fmt::format("{:<10}{:>7}{:>9}{:>14}{:>10}{:>7}{:>7}  {}\n", row.unit, row.runs(),
                            row.count[0], row.count[1], row.count[2], row.count[3], row.count[4],
                            interval_words(row));
    return text;
}

std::string json(const Results& results) {
    std::string text = fmt::format(
        "{{\"subject\": {}, \"config\": {}, \"seed\": {}, \"flips_per_run\": {}, "
        "\"cycles\": [{}, {}],\n\"units\": [",
        json_text(results.subject), json_text(results.config), results.plan.seed,
        results.plan.flips, results.plan.cycles.first, results.plan.cycles.last);
    const char* separator = "\n ";
    for (const UnitFates& row : by_unit(results.records)) {
        const Interval wrong = interval(count(row, Fate::kWrongOutput), row.runs());
        text += fmt::format(
            "{}{{\"unit\": {}, \"runs\": {}, \"masked\": {}, \"wrong_output\": {}, "
            "\"detected\": {}, \"hang\": {}, \"crash\": {}, \"wrong_output_percent_95\": [{:.2f}, "
            "{:.2f}]}}",
            separator, json_text(row.unit), row.runs(), row.count[0], row.count[1], row.count[2],
            row.count[3], row.count[4], wrong.low, wrong.high);
        separator = ",\n ";
    }
    text += "\n],\n\"runs\": [";
    separator = "\n ";
    for (const RunRecord& record : results.records) {
        text += separator + record.json();
        separator = ",\n ";
    }
    return text + "\n]}\n";
}

std::string svg(const Results& results) {
    const std::vector<UnitFates> rows = by_unit(results.records);
    const double bottom = kTop + kRowHeight * static_cast<double>(rows.size());
    std::string text = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
        "style=\"font:12px sans-serif;background:#fff\">\n{}",
        kDotsBegin + kDotsWidth + 20, bottom + 30, legend());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double y = kTop + kRowHeight * static_cast<double>(i);
        text += bar(rows[i], y);
        text += fmt::format("<line x1=\"{0}\" x2=\"{1}\" y1=\"{2}\" y2=\"{2}\" stroke=\"#eee\"/>\n",
                            kDotsBegin, kDotsBegin + kDotsWidth, y + kRowHeight / 2 - 3);
        for (const RunRecord& record : results.records)
            if (record.unit == rows[i].unit || rows[i].unit == "all")
                text += dot(record, results.plan.cycles, y);
    }
    return text + fmt::format(
                      "<text x=\"{}\" y=\"{}\">cycle {}</text><text x=\"{}\" y=\"{}\" "
                      "text-anchor=\"end\">cycle {}</text>\n</svg>\n",
                      kDotsBegin, bottom + 16, results.plan.cycles.first, kDotsBegin + kDotsWidth,
                      bottom + 16, results.plan.cycles.last);
}

std::string html(const Results& results) {
    std::string text = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Campaign: {0}"
        "</title>\n<style>body{{font:14px sans-serif;margin:2em;max-width:1150px}}"
        "table{{border-collapse:collapse}}td,th{{padding:2px 8px;border-bottom:1px solid #ccc;"
        "text-align:right}}td:first-child,th:first-child,td.t{{text-align:left}}</style></head>"
        "<body>\n<h1>Fault injection campaign</h1>\n<p>{0} on {1}: {2} runs, {3} flip{4} each, "
        "cycles {5} to {6}, seed {7}.</p>\n",
        xml_text(results.subject), xml_text(results.config), results.records.size(),
        results.plan.flips, results.plan.flips == 1 ? "" : "s", results.plan.cycles.first,
        results.plan.cycles.last, results.plan.seed);
    text += svg(results) + "<h2>Units</h2>\n" + html_table(by_unit(results.records));
    text +=
        "<h2>Runs that were not masked</h2>\n<table><tr><th>Run</th><th>Flip</th><th>Fate</th>"
        "<th>Why</th></tr>\n";
    for (const RunRecord& record : results.records) {
        if (record.fate == Fate::kMasked) continue;
        text += fmt::format("<tr><td>{}</td><td class=\"t\">", record.run);
        for (const std::string& flip : record.flips)
            text += xml_text(flip) + "<br>";
        text += fmt::format("</td><td class=\"t\">{}</td><td class=\"t\">{}</td></tr>\n",
                            name_of(record.fate), xml_text(record.why));
    }
    return text + "</table>\n</body></html>\n";
}

}  // namespace dla::vp::campaign
