// SPDX-License-Identifier: Apache-2.0
#include "vp/about/package_list.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::vp;

TEST_CASE("a package list has sections with purposes, alternatives and comments") {
    const auto sections = parse_package_list(
        "# head\n\n[build] compile it\ncmake\nboost-new | boost  # either\n[boot] start\nqemu\n",
        "list");
    REQUIRE(sections.has_value());
    REQUIRE(sections->size() == 2);
    CHECK(sections->front().name == "build");
    CHECK(sections->front().purpose == "compile it");
    CHECK(missing_packages(sections->front(), {"cmake", "boost"}).empty());
    CHECK(missing_packages(sections->front(), {"cmake"}) == std::vector<std::string>{"boost-new"});
    CHECK(missing_packages(sections->back(), {"cmake"}) == std::vector<std::string>{"qemu"});
}

TEST_CASE("a malformed package list is refused with its line") {
    const auto early = parse_package_list("\ncmake\n", "list");
    REQUIRE_FALSE(early.has_value());
    CHECK(early.error().message == "list:2:1: a package before the first section");
    CHECK_FALSE(parse_package_list("[build\n", "list").has_value());
}

TEST_CASE("the project's own list is well formed and knows what boot needs") {
    std::ifstream file("scripts/packages");
    std::ostringstream text;
    text << file.rdbuf();
    const auto sections = parse_package_list(text.str(), "scripts/packages");
    REQUIRE(sections.has_value());
    const auto boot = std::ranges::find(*sections, "boot", &PackageSection::name);
    REQUIRE(boot != sections->end());
    CHECK(std::ranges::find(boot->alternatives, std::vector<std::string>{"qemu-system-arm"}) !=
          boot->alternatives.end());
}
