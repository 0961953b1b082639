// SPDX-License-Identifier: Apache-2.0
// The timing functions against cycle counts measured on RTL.
#include <filesystem>
#include <iostream>
#include <map>

#include "testing/catch.hpp"
#include "vp/timing_report/error_statistics.hpp"
#include "vp/timing_report/held_out.hpp"
#include "vp/timing_report/prediction.hpp"

using namespace dla;
using namespace dla::vp;

namespace {

const std::string kGolden = "../shared/golden";

bool present(const std::string& folder) {
    if (std::filesystem::exists(folder)) return true;
    std::cout << "skipped: " << folder << " not present\n";
    return false;
}

ErrorStatistics errors_of(const std::vector<GoldenRun>& runs, const HardwareConfig& config) {
    ErrorStatistics errors;
    for (const GoldenRun& run : runs) {
        errors.add(run.name, error_percent(run, config));
    }
    return errors;
}

// Errors of one status bit, in per cent of its own cycle.
ErrorStatistics errors_of_unit(const std::vector<GoldenRun>& runs, const HardwareConfig& config,
                               const std::string& unit) {
    ErrorStatistics errors;
    for (const GoldenRun& run : runs) {
        if (run.kind == "conv2" || !run.done.contains(unit)) continue;
        const auto rtl = static_cast<double>(run.done.at(unit));
        const auto model = static_cast<double>(predict(run, config).at(unit));
        errors.add(run.name, 100 * (model - rtl) / rtl);
    }
    return errors;
}

}  // namespace

TEST_CASE("layers and pairs of layers of every measured configuration end where RTL ends") {
    if (!present(kGolden + "/timing")) return;
    const std::map<std::string, std::size_t> layers{
        {"nv_small", 747}, {"nv_small_master", 267}, {"nv_small_256", 369}, {"nv_large", 363}};
    for (const auto& [name, count] : layers) {
        INFO(name);
        const HardwareConfig config = *builtin_config(name);
        const auto runs = read_timing_runs(kGolden + "/timing", name, config);
        REQUIRE(runs);
        const ErrorStatistics errors = errors_of(*runs, config);
        INFO("worst: " << errors.worst_name());
        CHECK(errors.count() == count);
        CHECK(errors.median() < 0.05);
        CHECK(errors.percentile90() < 0.7);
        CHECK(errors.worst() < 6.5);
    }
}

TEST_CASE("data, weights and CACC of a convolution are done when RTL has them") {
    if (!present(kGolden + "/timing")) return;
    for (const char* name : {"nv_small", "nv_small_master", "nv_small_256", "nv_large"}) {
        INFO(name);
        const HardwareConfig config = *builtin_config(name);
        const auto runs = read_timing_runs(kGolden + "/timing", name, config);
        REQUIRE(runs);
        CHECK(errors_of_unit(*runs, config, "cdma_dat_0").median() < 0.3);
        CHECK(errors_of_unit(*runs, config, "cdma_dat_0").worst() < 6);
        CHECK(errors_of_unit(*runs, config, "cdma_wt_0").median() < 0.3);
        CHECK(errors_of_unit(*runs, config, "cacc_0").median() < 0.1);
        CHECK(errors_of_unit(*runs, config, "cacc_0").worst() < 5);
    }
}

TEST_CASE("random layers that no constant was fitted to end where RTL ends") {
    for (const char* name : {"nv_small", "nv_large"}) {
        const std::string folder = kGolden + "/" + name;
        if (!present(folder)) return;
        INFO(name);
        const HardwareConfig config = *builtin_config(name);
        const auto runs = read_functional_runs(folder, config);
        REQUIRE(runs);
        const ErrorStatistics errors = errors_of(*runs, config);
        INFO("worst: " << errors.worst_name());
        CHECK(errors.count() > 50);
        CHECK(errors.median() < 0.4);
        CHECK(errors.percentile90() < 0.7);
        CHECK(errors.worst() < 3.6);
    }
}

TEST_CASE("constants fitted on half of the layers hold on the other half") {
    if (!present(kGolden + "/timing")) return;
    HardwareConfig config = *builtin_config("nv_large");
    const auto runs = read_timing_runs(kGolden + "/timing", config.name, config);
    REQUIRE(runs);
    const auto fitted = half_of(*runs, 0);
    const auto others = half_of(*runs, 1);
    CHECK(fitted.size() + others.size() == runs->size());
    config.timing = displaced(config.timing);
    const auto errors = [&] {
        ErrorStatistics statistics;
        for (const GoldenRun* run : others)
            statistics.add(run->name, error_percent(*run, config));
        return statistics;
    };
    CHECK(errors().median() > 0.2);
    config.timing = fit_constants(fitted, config);
    CHECK(errors().median() < 0.05);
    CHECK(errors().percentile90() < 0.5);
}
