// SPDX-License-Identifier: Apache-2.0
// Single SDP layers with results of the public RTL and C-model, through the datapath alone.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "dla_tlm/sdp/trace_fixture.hpp"
#include "testing/catch.hpp"

using namespace dla::sdp;
namespace fs = std::filesystem;

namespace {

// Traces of other engines, or with a second engine, are no business of this test.
bool only_sdp(const fs::path& folder) {
    const std::string name = folder.filename().string();
    for (const char* other : {"conv", "pdp", "cdp", "bdma", "rbk", "img", "wino", "dc_"}) {
        if (name.find(other) != std::string::npos) return false;
    }
    return name.find("sdp") != std::string::npos || name.rfind("large_", 0) == 0;
}

void play_all(const std::string& folder, const std::string& config,
              const std::set<std::string>& known_failures = {}) {
    if (!fs::is_directory(folder)) {
        std::printf("skipped: %s not present\n", folder.c_str());
        return;
    }
    unsigned played = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (!entry.is_directory() || !only_sdp(entry.path())) continue;
        const std::string name = entry.path().filename().string();
        for (const ProcessFunction process : {&process_reference, &process}) {
            TraceFixture trace(entry.path().string(), config, process);
            const std::string failure = trace.play();
            INFO(name << (process == &process_reference ? " (reference)" : " (fast)") << ": "
                      << failure);
            if (known_failures.contains(name)) {
                CHECK_FALSE(failure.empty());
            } else {
                CHECK(failure.empty());
            }
        }
        ++played;
    }
    std::printf("%s: %u SDP layers\n", folder.c_str(), played);
    CHECK(played > 0);
}

// Lines of "name address value"; empty where there is no such file.
std::map<std::string, std::uint64_t> statistics(const fs::path& file) {
    std::map<std::string, std::uint64_t> values;
    std::ifstream in(file);
    std::string name, address, value;
    while (in >> name >> address >> value)
        values[name] = std::stoull(value, nullptr, 16);
    return values;
}

}  // namespace

TEST_CASE("Generated nv_full layers match the C-model") {
    play_all("../shared/golden/nv_full", "nv_full");
}

TEST_CASE("Statistics of nv_full layers are those of the C-model") {
    const std::string folder = "../shared/golden/nv_full";
    if (!fs::is_directory(folder)) {
        std::printf("skipped: %s not present\n", folder.c_str());
        return;
    }
    unsigned layers = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (!only_sdp(entry.path())) continue;
        auto expected = statistics(entry.path() / "stats.txt");
        if (expected.empty()) continue;
        TraceFixture trace(entry.path().string(), "nv_full", &process);
        REQUIRE(trace.play().empty());
        const Counters& found = trace.counters();
        INFO(entry.path().filename().string());
        CHECK(expected["SDP_D_PERF_LUT_UFLOW"] == found.lut_underflow);
        CHECK(expected["SDP_D_PERF_LUT_OFLOW"] == found.lut_overflow);
        CHECK(expected["SDP_D_PERF_LUT_HYBRID"] == found.lut_hybrid);
        CHECK(expected["SDP_D_PERF_LUT_LE_HIT"] == found.lut_le_hit);
        CHECK(expected["SDP_D_PERF_LUT_LO_HIT"] == found.lut_lo_hit);
        CHECK(expected["SDP_D_STATUS_NAN_OUTPUT_NUM"] == found.nan_outputs);
        CHECK(expected["SDP_D_PERF_OUT_SATURATION"] == found.saturated);
        ++layers;
    }
    CHECK(layers > 0);
}

TEST_CASE("Generated nv_small layers match the RTL") {
    play_all("../shared/golden/nv_small", "nv_small");
}

TEST_CASE("The saturation count of nv_small layers is that of the RTL") {
    const std::string folder = "../shared/golden/nv_small";
    if (!fs::is_directory(folder)) {
        std::printf("skipped: %s not present\n", folder.c_str());
        return;
    }
    const std::string key = "\"SDP.D_PERF_OUT_SATURATION_0\": ";
    unsigned layers = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (!only_sdp(entry.path())) continue;
        const std::string name = entry.path().filename().string();
        std::ifstream file(entry.path() / (name + ".json"));
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const std::size_t place = text.find(key);
        TraceFixture trace(entry.path().string(), "nv_small", &process);
        if (place == std::string::npos || !trace.play().empty()) continue;
        // Two layers in one trace: the register tells of one group only.
        if (trace.layers() != 1) continue;
        INFO(name);
        CHECK(trace.counters().saturated == std::stoull(text.substr(place + key.size())));
        ++layers;
    }
    CHECK(layers > 0);
}

TEST_CASE("Generated nv_large layers with Y stage and lookup tables match the RTL") {
    play_all("../shared/golden/nv_large", "nv_large");
}

TEST_CASE("Public traces match") {
    play_all("../shared/traces/nv_full", "nv_full");
    play_all("../shared/traces/nv_large", "nv_large");
    play_all("../shared/traces/nv_medium_1024_full", "nv_medium_1024_full");
    play_all("../shared/traces/nv_small", "nv_small");
    play_all("../shared/traces/nv_small_256_full", "nv_small_256_full");
}
