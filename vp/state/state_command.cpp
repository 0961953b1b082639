// SPDX-License-Identifier: Apache-2.0
#include "vp/state/state_command.hpp"

#include <fmt/format.h>

#include <memory>

#include "vp/state/state_compare.hpp"

namespace dla::vp {
namespace {

constexpr int kDiffer = 1;
constexpr int kBadInput = 2;

struct Files {
    std::string first;
    std::string second;
    std::string unit;
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

int show(const Files& files) {
    const auto state = read_state(files.first);
    if (!state) return refuse(state.error().message);
    if (!files.unit.empty()) {
        const StateSection* section = state->section(files.unit);
        if (section == nullptr)
            return refuse(fmt::format("{}: has no part {}", files.first, files.unit));
        print_section(*section);
        return 0;
    }
    fmt::print("{} at {} ps\nparts:", state->subject, state->time);
    for (const StateSection& section : state->sections)
        fmt::print("{}{}", section.name == state->sections.front().name ? " " : ", ", section.name);
    fmt::print("\n");
    for (const StateRegion& region : state->regions)
        fmt::print("{} memory 0x{:x}, {} bytes\n", region.second_memory ? "second" : "main",
                   region.address, region.bytes.size());
    return 0;
}

int compare(const Files& files) {
    const auto first = read_state(files.first);
    if (!first) return refuse(first.error().message);
    const auto second = read_state(files.second);
    if (!second) return refuse(second.error().message);
    const std::string found = first_difference(*first, *second);
    fmt::print("{}\n", found.empty() ? "equal" : found);
    return found.empty() ? 0 : kDiffer;
}

}  // namespace

void add_state_command(CLI::App& app, int& exit_code) {
    auto files = std::make_shared<Files>();
    CLI::App* command = app.add_subcommand("state", "Look into files of --save");
    command->require_subcommand(1);
    CLI::App* shower = command->add_subcommand("show", "What a state is of; all of one unit");
    shower->add_option("file", files->first)->required();
    shower->add_option("--unit", files->unit, "print this part: a unit, \"trace player\", ...");
    shower->callback([files, &exit_code] { exit_code = show(*files); });
    CLI::App* comparer = command->add_subcommand(
        "compare", "The first difference by unit and register; exit code 1 if there is one");
    comparer->add_option("first", files->first)->required();
    comparer->add_option("second", files->second)->required();
    comparer->callback([files, &exit_code] { exit_code = compare(*files); });
}

}  // namespace dla::vp
