// SPDX-License-Identifier: Apache-2.0
// The whole model against RTL: traces through the player, networks through the firmware.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>

#include "runtime/app/session.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/infer/infer_report.hpp"
#include "vp/infer/own_process.hpp"
#include "vp/timing_report/error_statistics.hpp"
#include "vp/timing_report/golden_runs.hpp"
#include "vp/trace_jobs.hpp"
#include "vp/trace_run.hpp"

using namespace dla;
using namespace dla::vp;
namespace fs = std::filesystem;

namespace {

const std::string kGolden = "../shared/golden";

bool present(const std::string& folder) {
    if (fs::exists(folder)) return true;
    std::cout << "skipped: " << folder << " not present\n";
    return false;
}

// The measurements begin with CBUF flushed; unit queues of the player would else drift apart.
HardwareConfig flushed(const std::string& name) {
    HardwareConfig config = *builtin_config(name);
    config.cbuf.flush_cycles = 1;
    return config;
}

bool is_pair(const GoldenRun& run) {
    return run.kind == "conv2" || run.kind == "sdp2";
}

// Cycles of a trace in a process of its own, or why there are none.
std::string played_cycles(const GoldenRun& run, const HardwareConfig& config) {
    TimingMode timing{};
    timing.primary = run.memory;
    const trace::Outcome outcome = run_trace(run.trace, config, {.timing = timing});
    if (outcome.verdict != trace::Verdict::kPass) return outcome.detail;
    return std::to_string(outcome.cycles);
}

ErrorStatistics play_all(const std::vector<GoldenRun>& runs, const HardwareConfig& config) {
    ErrorStatistics errors;
    run_jobs(
        runs.size(), {.parallel = 2, .timeout_s = 60},
        [&](std::size_t i) { return played_cycles(runs[i], config); },
        [&](std::size_t i, const JobResult& job) {
            INFO(runs[i].name << ": " << job.output << job.failure);
            const double cycles = std::atof(job.output.c_str());
            CHECK(cycles > 0);
            const auto rtl = static_cast<double>(runs[i].length());
            errors.add(runs[i].name, 100 * (cycles - rtl) / rtl);
        });
    return errors;
}

struct Network {
    fs::path folder;
    std::string config;
    std::string latency;  // "50"
};

std::vector<Network> networks() {
    std::vector<Network> all;
    for (const char* config : {"nv_small", "nv_large"}) {
        for (const auto& entry : fs::directory_iterator(kGolden + "/networks/" + config)) {
            for (const char* latency : {"50", "200"})
                all.push_back({entry.path(), config, latency});
        }
    }
    return all;
}

std::uint64_t rtl_cycles(const Network& network) {
    const YAML::Node golden = YAML::LoadFile((network.folder / "cycles.json").string());
    const YAML::Node tasks = golden["runs"]["axi_latency_" + network.latency]["tasks"];
    return tasks[0]["cycles_first_enable_to_last_irq"].as<std::uint64_t>();
}

std::string model_cycles(const Network& network) {
    TimingMode timing{};
    timing.primary.read_latency = timing.primary.write_latency = std::stod(network.latency);
    HostPlatform platform(*builtin_config(network.config), timing);
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    const fs::path loadable = network.folder / (network.folder.filename().string() + ".nvdla");
    const fs::path grey = network.folder / "image.pgm";
    const fs::path image = fs::exists(grey) ? grey : network.folder / "image.jpg";
    auto done = session.load(runtime::file_bytes(loadable.string()));
    if (done) done = session.set_image(runtime::read_image(image.string()).value(), {});
    if (done) done = session.run();
    return done ? std::to_string(total_cycles(platform.runs())) : done.error().message;
}

}  // namespace

TEST_CASE("single layers played through registers take RTL's time") {
    if (!present(kGolden + "/timing")) return;
    for (const char* name : {"nv_small", "nv_large"}) {
        INFO(name);
        const HardwareConfig config = flushed(name);
        auto runs = read_timing_runs(kGolden + "/timing", name, config);
        REQUIRE(runs);
        std::erase_if(*runs, [](const GoldenRun& run) {
            return is_pair(run) || run.memory.read_latency != 50 || run.memory.write_latency != 50;
        });
        const ErrorStatistics errors = play_all(*runs, config);
        INFO("worst: " << errors.worst_name());
        CHECK(errors.count() > 100);
        CHECK(errors.median() < 0.05);
        CHECK(errors.percentile90() < 0.5);
        CHECK(errors.worst() < 6);
    }
}

TEST_CASE("networks under the firmware take RTL's time") {
    if (!present(kGolden + "/networks")) return;
    ErrorStatistics errors;
    for (const Network& network : networks()) {
        const std::string cycles = in_own_process([&] { return model_cycles(network); });
        INFO(network.folder.filename().string() << ": " << cycles);
        const auto rtl = static_cast<double>(rtl_cycles(network));
        CHECK(std::atof(cycles.c_str()) > 0);
        errors.add(network.folder.filename(), 100 * (std::atof(cycles.c_str()) - rtl) / rtl);
    }
    INFO("worst: " << errors.worst_name());
    CHECK(errors.count() >= 24);
    CHECK(errors.median() < 0.15);
    CHECK(errors.worst() < 1.5);
}
