// SPDX-License-Identifier: Apache-2.0
#include "vp/about/package_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace dla::vp {
namespace {

std::vector<std::string> words_of(std::string line) {
    std::ranges::replace(line, '|', ' ');
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

}  // namespace

Result<std::vector<PackageSection>> parse_package_list(std::string_view text,
                                                       const std::string& where) {
    std::vector<PackageSection> sections;
    std::istringstream stream{std::string(text)};
    int number = 0;
    for (std::string line; std::getline(stream, line);) {
        ++number;
        line.resize(std::min(line.find('#'), line.size()));
        if (line.starts_with('[')) {
            const std::size_t end = line.find(']');
            if (end == std::string::npos)
                return fail(fmt::format("{}:{}:1: a section is [NAME] PURPOSE", where, number));
            const std::size_t purpose = line.find_first_not_of(' ', end + 1);
            sections.push_back({.name = line.substr(1, end - 1),
                                .purpose = purpose == std::string::npos ? "" : line.substr(purpose),
                                .alternatives = {}});
            continue;
        }
        auto words = words_of(line);
        if (words.empty()) continue;
        if (sections.empty())
            return fail(fmt::format("{}:{}:1: a package before the first section", where, number));
        sections.back().alternatives.push_back(std::move(words));
    }
    return sections;
}

std::vector<std::string> missing_packages(const PackageSection& section,
                                          const std::set<std::string>& installed) {
    std::vector<std::string> missing;
    for (const auto& names : section.alternatives) {
        const bool there = std::ranges::any_of(
            names, [&](const std::string& name) { return installed.contains(name); });
        if (!there) missing.push_back(names.front());
    }
    return missing;
}

}  // namespace dla::vp
