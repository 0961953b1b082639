// SPDX-License-Identifier: Apache-2.0
#include "vp/coverage/coverage_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "vp/text_escape.hpp"

namespace dla::vp::coverage {
namespace {

double percent(const Share& share) {
    return share.all == 0
               ? 100.0
               : 100.0 * static_cast<double>(share.covered) / static_cast<double>(share.all);
}

std::string words(const Share& share) {
    return fmt::format("{}/{} {:.1f} %", share.covered, share.all, percent(share));
}

// Counts of one unit on all the configurations.
UnitCounts counts_of(const Collected& collected, const std::string& unit,
                     const std::vector<HardwareConfig>& configs) {
    Collected sum;
    for (const HardwareConfig& config : configs) {
        const auto found = collected.configs.find(config.name);
        if (found == collected.configs.end()) continue;
        Collected one;
        one.configs["all"] = found->second;
        sum.add(one);
    }
    return sum.configs["all"].units[unit];
}

Row row_of(const UnitModel& unit, std::string name, bool cross,
           const std::vector<std::string>& legal, const Counts& counts) {
    Row row{unit.name, std::move(name), cross, {0, legal.size()}, {}, {}};
    for (const std::string& bin : legal) {
        const auto found = counts.find(bin);
        if (found == counts.end()) {
            row.holes.push_back(bin);
            continue;
        }
        row.covered.emplace_back(bin, found->second);
        ++row.share.covered;
    }
    return row;
}

const Counts& at(const std::map<std::string, Counts, std::less<>>& groups,
                 const std::string& name) {
    static const Counts kNone;
    const auto found = groups.find(name);
    return found == groups.end() ? kNone : found->second;
}

void add_unit(std::vector<Row>& rows, const UnitModel& unit, const UnitCounts& counts,
              const std::vector<HardwareConfig>& having) {
    for (const Point& point : unit.points) {
        std::vector<std::string> names;
        for (const Bin& bin : point.bins)
            if (!bin.other &&
                std::ranges::any_of(having, [&](const HardwareConfig& c) { return legal(bin, c); }))
                names.push_back(bin.name);
        rows.push_back(row_of(unit, point.name, false, names, at(counts.points, point.name)));
    }
    for (const Cross& cross : unit.crosses) {
        std::vector<std::string> names;
        std::set<std::string> seen;
        for (const HardwareConfig& config : having)
            unit.each_legal(cross, config, [&](std::span<const std::size_t> bins) {
                std::string name = unit.name_of(cross, bins);
                if (seen.insert(name).second) names.push_back(std::move(name));
            });
        rows.push_back(row_of(unit, unit.name_of(cross), true, names,
                              at(counts.crosses, unit.name_of(cross))));
    }
}

struct UnitTotal {
    std::string unit;
    std::uint64_t operations = 0;
    Share points{};
    Share crosses{};
};

std::vector<UnitTotal> totals(const View& view, const std::vector<Row>& all) {
    std::vector<UnitTotal> list;
    UnitTotal sum{.unit = "all"};
    for (const Row& row : all) {
        if (list.empty() || list.back().unit != row.unit) {
            list.push_back({.unit = row.unit});
            list.back().operations = counts_of(view.collected, row.unit, view.configs).operations;
            sum.operations += list.back().operations;
        }
        (row.cross ? list.back().crosses : list.back().points) += row.share;
        (row.cross ? sum.crosses : sum.points) += row.share;
    }
    list.push_back(sum);
    return list;
}

std::uint64_t runs_of(const View& view) {
    std::uint64_t runs = 0;
    for (const HardwareConfig& config : view.configs)
        if (const auto found = view.collected.configs.find(config.name);
            found != view.collected.configs.end())
            runs += found->second.runs;
    return runs;
}

std::string names_of(const std::vector<HardwareConfig>& configs) {
    std::vector<std::string> names;
    for (const HardwareConfig& config : configs)
        names.push_back(config.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

constexpr const char* kHead =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Coverage</title>\n"
    "<style>body{font:14px sans-serif;margin:2em;max-width:1150px}"
    "table{border-collapse:collapse}td,th{padding:2px 8px;border-bottom:1px solid #ccc;"
    "text-align:left}td.n{text-align:right}.b{display:inline-block;margin:1px;padding:1px 6px;"
    "border-radius:3px;background:#c9e2b3}.h{background:#f3b5a8}summary{cursor:pointer;padding:3px}"
    ".m{display:inline-block;width:200px;height:10px;background:#f3b5a8;vertical-align:middle}"
    ".m i{display:block;height:10px;background:#7fae55}</style></head><body>\n"
    "<h1>Coverage in hardware modes</h1>\n";

std::string meter(const Share& share) {
    return fmt::format("<span class=\"m\"><i style=\"width:{:.1f}%\"></i></span> {}",
                       percent(share), words(share));
}

std::string html_row(const Row& row) {
    std::string text = fmt::format("<details><summary>{} <b>{}</b></summary>", meter(row.share),
                                   xml_text(row.name));
    for (const auto& [name, count] : row.covered)
        text += fmt::format("<span class=\"b\" title=\"{} operations\">{}</span>", count,
                            xml_text(name));
    for (const std::string& name : row.holes)
        text += fmt::format("<span class=\"b h\" title=\"never\">{}</span>", xml_text(name));
    return text + "</details>\n";
}

}  // namespace

std::vector<Row> rows(const Model& model, const Collected& collected,
                      const std::vector<HardwareConfig>& configs) {
    std::vector<Row> list;
    for (const UnitModel& unit : model.units()) {
        std::vector<HardwareConfig> having;
        for (const HardwareConfig& config : configs)
            if (config.has_unit(unit.name)) having.push_back(config);
        if (!having.empty()) add_unit(list, unit, counts_of(collected, unit.name, having), having);
    }
    return list;
}

std::string table(const View& view, bool holes) {
    const std::vector<Row> all = rows(view.model, view.collected, view.configs);
    std::string text =
        fmt::format("{:<10}{:>12}{:>20}{:>22}\n", "unit", "operations", "points", "combinations");
    for (const UnitTotal& total : totals(view, all))
        text += fmt::format("{:<10}{:>12}{:>20}{:>22}\n", total.unit, total.operations,
                            words(total.points), words(total.crosses));
    text += fmt::format("{} runs on {}\n", runs_of(view), names_of(view.configs));
    if (!holes) return text;
    for (const Row& row : all)
        if (!row.holes.empty())
            text += fmt::format("{} {} ({}): never {}\n", row.unit, row.name, words(row.share),
                                fmt::join(row.holes, ", "));
    return text;
}

std::string markdown(const View& view, const std::string& command) {
    const std::vector<Row> all = rows(view.model, view.collected, view.configs);
    std::string text = fmt::format(
        "{} runs on {}. Written by\n\n    {}\n\n| unit | operations | points | combinations |\n"
        "| --- | ---: | ---: | ---: |\n",
        runs_of(view), names_of(view.configs), command);
    for (const UnitTotal& total : totals(view, all))
        text += fmt::format("| {} | {} | {} | {} |\n", total.unit, total.operations,
                            words(total.points), words(total.crosses));
    text += "\n| unit | point or combination | covered | never |\n| --- | --- | ---: | --- |\n";
    for (const Row& row : all)
        if (!row.holes.empty())
            text += fmt::format("| {} | {} | {}/{} | {} |\n", row.unit, row.name, row.share.covered,
                                row.share.all, fmt::join(row.holes, ", "));
    return text;
}

std::string html(const View& view) {
    const std::vector<Row> all = rows(view.model, view.collected, view.configs);
    std::string text = kHead;
    text += fmt::format(
        "<p>{} runs on {}.</p>\n<table><tr><th>Unit</th><th>Operations</th>"
        "<th>Points</th><th>Combinations</th></tr>\n",
        runs_of(view), xml_text(names_of(view.configs)));
    for (const UnitTotal& total : totals(view, all))
        text +=
            fmt::format("<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td><td>{}</td></tr>\n",
                        total.unit, total.operations, meter(total.points), meter(total.crosses));
    text += "</table>\n";
    std::string unit;
    for (const Row& row : all) {
        if (row.unit != unit) text += fmt::format("<h2>{}</h2>\n", row.unit);
        unit = row.unit;
        text += html_row(row);
    }
    return text + "</body></html>\n";
}

}  // namespace dla::vp::coverage
