// SPDX-License-Identifier: Apache-2.0
#include "vp/state/state_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "testing/catch.hpp"
#include "trace-tests/test_folder.hpp"
#include "vp/state/platform_state.hpp"
#include "vp/state/state_compare.hpp"

namespace dla::vp {
namespace {

SavedState sample() {
    return {.subject = "trace x",
            .time = 12345,
            .sections = {{"SDP", {{.name = "D_OP", .words = {1, 2}}, {"CBUF", {}, {9, 8}}}},
                         {"trace player", {{.name = "next", .words = {4}}}}},
            .regions = {{false, 0x80000000, std::vector<std::uint8_t>(4096, 3)}}};
}

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The error of a file that was altered.
std::string error_after(const std::function<void(std::string&)>& alter) {
    const trace::TestFolder folder;
    const std::string path = folder.path() + "/a.state";
    REQUIRE(write_state(path, sample()));
    std::string bytes = bytes_of(path);
    alter(bytes);
    std::ofstream(path, std::ios::binary) << bytes;
    const auto read = read_state(path);
    REQUIRE_FALSE(read);
    return read.error().message.substr(path.size() + 2);
}

}  // namespace

TEST_CASE("a state comes back from its file") {
    const trace::TestFolder folder;
    const std::string path = folder.path() + "/new/folder/a.state";
    REQUIRE(write_state(path, sample()));
    const auto read = read_state(path);
    REQUIRE(read);
    CHECK(read->subject == "trace x");
    CHECK(read->time == 12345);
    CHECK(read->section("SDP")->items == sample().sections[0].items);
    CHECK(read->regions[0].bytes == sample().regions[0].bytes);
    CHECK(first_difference(*read, sample()).empty());
    // Nothing but the file itself is left.
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path() + "/new/folder"), {}) ==
          1);
}

TEST_CASE("a state that cannot be written leaves the old one") {
    const trace::TestFolder folder;
    folder.write("a.state/inside", "");
    const auto written = write_state(folder.path() + "/a.state", sample());
    REQUIRE_FALSE(written);
    CHECK(written.error().message.find("a.state: cannot be written") != std::string::npos);
    CHECK(std::filesystem::exists(folder.path() + "/a.state/inside"));
    CHECK_FALSE(write_state("/dev/null/a.state", sample()));
}

TEST_CASE("damaged files are refused with the reason") {
    CHECK(error_after([](auto& b) { b[0] = 'X'; }) ==
          "is not a state file; it does not begin with DLASTATE");
    CHECK(error_after([](auto& b) { b.clear(); }) ==
          "is not a state file; it does not begin with DLASTATE");
    CHECK(error_after([](auto& b) { b.resize(12); }) == "is truncated within its header");
    CHECK(error_after([](auto& b) { b[8] = 9; }) ==
          "has version 9 of the format, this program reads version 1");
    CHECK(error_after([](auto& b) { b.resize(b.size() - 5); }).starts_with("is truncated: "));
    CHECK(error_after([](auto& b) { b += 'x'; }).starts_with("is too long: "));
    CHECK(error_after([](auto& b) {
              b[b.size() / 2] ^= 1;
          }).starts_with("is damaged: its checksum is "));
    CHECK(read_state("/nowhere").error().message.starts_with("/nowhere: cannot be read"));
}

TEST_CASE("another configuration or subject is refused") {
    const auto nv_small = *builtin_config("nv_small");
    CHECK(check_state(sample(), nv_small, "trace x").error().message ==
          "the state names no configuration");
    CHECK_FALSE(check_state(sample(), nv_small, "trace x"));
}

TEST_CASE("the first difference names unit, register and group, or the address") {
    SavedState other = sample();
    other.sections[0].items[0].words[1] = 3;
    other.sections[0].items[1].bytes[1] = 7;
    CHECK(first_difference(sample(), other) == "SDP.D_OP of group 1: 0x2 and 0x3");
    other = sample();
    other.sections[0].items[1].bytes[1] = 7;
    CHECK(first_difference(sample(), other) == "SDP.CBUF at byte 0x1: 0x08 and 0x07");
    other = sample();
    other.sections[1].items[0].words[0] = 5;  // the player's place is none of the DLA's state
    CHECK(first_difference(sample(), other).empty());
    other.regions[0].bytes[5] = 0;
    CHECK(first_difference(sample(), other) == "main memory at 0x80000005: 0x03 and 0x00");
    other = sample();
    other.regions.clear();
    CHECK(first_difference(sample(), other) == "main memory at 0x80000000: 0x03 and 0x00");
    other = sample();
    other.time = 1;
    CHECK(first_difference(sample(), other) == "simulated time: 12345 and 1 ps");
}

}  // namespace dla::vp
