// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// The published regression loadables against the register states recorded with them.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <map>

#include "firmware/testing/stub_dla.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

namespace dla::firmware::testing {
namespace {

HardwareConfig config_for(const std::string& path) {
    const char* name = "nv_full";
    if (path.find("small") != std::string::npos) name = "nv_small";
    if (path.find("large") != std::string::npos) name = "nv_large";
    return *builtin_config(name);
}

std::vector<std::string> run(const std::string& path, bool follow_data_flow) {
    const auto loadable = runtime::read_loadable_file(path);
    REQUIRE(loadable);
    const HardwareConfig hardware = config_for(path);
    StubDla dla(hardware.address_map);
    dla.follows_data_flow = follow_data_flow;
    LoadedTask task = load_task(*loadable, first_dla_task(*loadable));
    dla.memories = std::move(task.memories);
    dla.addresses = std::move(task.addresses);
    Engine engine(dla);
    const auto started = engine.execute(engine_config(hardware, task.layout));
    INFO((started ? std::string() : started.error().message));
    REQUIRE(started);
    bool done = false;
    while (!done && dla.finish_lowest()) {
        engine.handle_interrupt();
        const auto result = engine.process_events();
        INFO((result ? std::string() : result.error().message));
        REQUIRE(result);
        done = *result;
    }
    dla.log.push_back(fmt::format("END rc=0 done={}", done ? 1 : 0));
    if (follow_data_flow) CHECK(dla.violations == std::vector<std::string>{});
    return dla.log;
}

// What ends the task, at once or later.
std::string refusal_of(StubDla& dla, Engine& engine, const dla_config& config) {
    if (const auto started = engine.execute(config); !started) return started.error().message;
    while (dla.finish_lowest()) {
        engine.handle_interrupt();
        if (const auto done = engine.process_events(); !done) return done.error().message;
    }
    return "runs";
}

std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        lines.push_back(line);
    return lines;
}

}  // namespace

TEST_CASE("the regression loadables leave the recorded register states") {
    const auto files = runtime::files_below("../shared/loadables/kmd", "_fbuf");
    for (const std::string& path : files) {
        INFO(path);
        const auto expected = lines_of(path.substr(0, path.rfind('/')) + "/regstate.txt");
        REQUIRE_FALSE(expected.empty());
        const auto found = run(path, false);
        for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
            INFO("line " << i + 1);
            REQUIRE(found[i] == expected[i]);
        }
        REQUIRE(found.size() == expected.size());
    }
}

TEST_CASE("every compiled loadable runs to its end on its configuration") {
    for (const std::string& path : runtime::all_loadables()) {
        if (path.find("nv_small_negative") != std::string::npos) continue;
        INFO(path);
        CHECK(run(path, true).back() == "END rc=0 done=1");
    }
}

// On hardware the first two hang in PDP and the third has wrong columns; task_test has deconv.
TEST_CASE("networks that nv_small cannot pool are refused with the unit and the limit") {
    const std::map<std::string, std::string> limits{
        {"mid130", "of 65 columns"}, {"s1w33", "of 33 columns"}, {"max130", "of 130 columns"}};
    for (const auto& [name, columns] : limits) {
        const auto files =
            runtime::files_below("../shared/golden/networks/nv_small_negative/" + name, ".nvdla");
        for (const std::string& path : files) {
            const auto loadable = runtime::read_loadable_file(path);
            REQUIRE(loadable);
            const HardwareConfig hardware = *builtin_config("nv_small");
            StubDla dla(hardware.address_map);
            LoadedTask task = load_task(*loadable, first_dla_task(*loadable));
            dla.memories = std::move(task.memories);
            dla.addresses = std::move(task.addresses);
            Engine engine(dla);
            std::string why = refusal_of(dla, engine, engine_config(hardware, task.layout));
            INFO(path << ": " << why);
            CHECK(why.find("PDP operation") != std::string::npos);
            CHECK(why.find(columns) != std::string::npos);
            CHECK(why.find("does not fit into the line buffer") != std::string::npos);
        }
    }
}

}  // namespace dla::firmware::testing
