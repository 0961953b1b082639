// SPDX-License-Identifier: Apache-2.0
// Single SDP layers with results of the public RTL and C-model, through the datapath alone.
#include <cstdio>
#include <filesystem>
#include <fstream>
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

}  // namespace

TEST_CASE("Generated nv_full layers match the C-model") {
    play_all("../shared/golden/nv_full", "nv_full");
}

TEST_CASE("Generated nv_small layers match the RTL") {
    play_all("../shared/golden/nv_small", "nv_small");
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
