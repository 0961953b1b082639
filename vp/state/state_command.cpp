// SPDX-License-Identifier: Apache-2.0
#include "vp/state/state_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "vp/state/state_compare.hpp"
#include "vp/text_escape.hpp"

namespace dla::vp {
namespace {

constexpr int kDiffer = 1;
constexpr int kBadInput = 2;

struct Files {
    std::string first;
    std::string second;
    std::string unit;
    bool as_json = false;
};

int refuse(const std::string& message) {
    fmt::print(stderr, "dla-vp state: {}\n", message);
    return kBadInput;
}

void print_section(const StateSection& section) {
    for (const StateItem& item : section.items) {
        fmt::print("{}.{}", section.name, item.name);
        for (const std::uint64_t word : item.words)
            fmt::print(" 0x{:x}", word);
        if (!item.bytes.empty()) fmt::print(" {} bytes", item.bytes.size());
        fmt::print("\n");
    }
}

std::vector<std::string> part_names(const SavedState& state) {
    std::vector<std::string> names;
    for (const StateSection& section : state.sections)
        names.push_back(section.name);
    return names;
}

const char* memory_name(const StateRegion& region) {
    return region.second_memory ? "second" : "main";
}

void print_summary(const SavedState& state) {
    fmt::print("{} at {} ps\nparts: {}\n", state.subject, state.time,
               fmt::join(part_names(state), ", "));
    for (const StateRegion& region : state.regions)
        fmt::print("{} memory 0x{:x}, {} bytes\n", memory_name(region), region.address,
                   region.bytes.size());
}

std::string section_json(const StateSection& section) {
    std::vector<std::string> items;
    for (const StateItem& item : section.items)
        items.push_back(fmt::format("{{\"name\": {}, \"words\": [{}], \"bytes\": {}}}",
                                    json_text(item.name), fmt::join(item.words, ", "),
                                    item.bytes.size()));
    return fmt::format("{{\"name\": {}, \"items\": [{}]}}", json_text(section.name),
                       fmt::join(items, ", "));
}

std::string state_json(const SavedState& state, const StateSection* only) {
    std::vector<std::string> parts;
    for (const StateSection& section : state.sections)
        if (only == nullptr || only == &section) parts.push_back(section_json(section));
    std::vector<std::string> regions;
    for (const StateRegion& region : state.regions)
        regions.push_back(fmt::format("{{\"memory\": \"{}\", \"address\": {}, \"bytes\": {}}}",
                                      memory_name(region), region.address, region.bytes.size()));
    return fmt::format(
        "{{\"subject\": {}, \"time_ps\": {},\n \"parts\": [\n  {}],\n \"memory\": [{}]}}\n",
        json_text(state.subject), state.time, fmt::join(parts, ",\n  "), fmt::join(regions, ", "));
}

int show(const Files& files) {
    const auto state = read_state(files.first);
    if (!state) return refuse(state.error().message);
    const StateSection* section = files.unit.empty() ? nullptr : state->section(files.unit);
    if (section == nullptr && !files.unit.empty())
        return refuse(fmt::format("{}: has no part '{}'; parts are {}", files.first, files.unit,
                                  fmt::join(part_names(*state), ", ")));
    if (files.as_json)
        fmt::print("{}", state_json(*state, section));
    else if (section != nullptr)
        print_section(*section);
    else
        print_summary(*state);
    return 0;
}

int compare(const Files& files) {
    const auto first = read_state(files.first);
    if (!first) return refuse(first.error().message);
    const auto second = read_state(files.second);
    if (!second) return refuse(second.error().message);
    const std::string found = first_difference(*first, *second);
    if (files.as_json)
        fmt::print("{{\"equal\": {}, \"difference\": {}}}\n", found.empty(), json_text(found));
    else
        fmt::print("{}\n", found.empty() ? "equal" : found);
    return found.empty() ? 0 : kDiffer;
}

}  // namespace

void add_state_command(CLI::App& app, int& exit_code) {
    auto files = std::make_shared<Files>();
    CLI::App* command = app.add_subcommand("state", "look into files of --save");
    command->require_subcommand(1);
    command->footer(
        "Example: dla-vp trace layer.txn --save layer.state\n"
        "         dla-vp state show layer.state\n"
        "Exit code 0, 1: the states differ, 2: a file is no state, or wrong command line.");
    CLI::App* shower = command->add_subcommand("show", "what a state is of; all of one unit");
    shower->footer(
        "Example: dla-vp state show layer.state --unit SDP\n"
        "Exit code 0, 2: the file is no state, or wrong command line.");
    shower->add_option("file", files->first, "written by --save")->required();
    shower->add_option("--unit", files->unit, "print this part: a unit, \"trace player\", ...");
    shower->add_flag("--json", files->as_json, "{subject, time_ps, parts, memory} instead");
    shower->callback([files, &exit_code] { exit_code = show(*files); });
    CLI::App* comparer = command->add_subcommand(
        "compare", "the first difference by unit and register; exit code 1 if there is one");
    comparer->footer(
        "Example: dla-vp state compare before.state after.state\n"
        "Exit code 0: equal, 1: they differ, 2: a file is no state, or wrong command line.");
    comparer->add_option("first", files->first, "written by --save")->required();
    comparer->add_option("second", files->second, "written by --save")->required();
    comparer->add_flag("--json", files->as_json, "{equal, difference} instead");
    comparer->callback([files, &exit_code] { exit_code = compare(*files); });
}

}  // namespace dla::vp
