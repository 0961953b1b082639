// SPDX-License-Identifier: Apache-2.0
#include "vp/memory_options.hpp"

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::vp;

TEST_CASE("memory options name both ports' memories and single fields of them") {
    const HardwareConfig config = *builtin_config("nv_large");
    const auto mode =
        timing_mode({.main = "ideal",
                     .second = "rtl-bench",
                     .settings = {"memory.latency=200", "second_memory.outstanding=4"}},
                    config);
    REQUIRE(mode);
    CHECK(mode->primary.read_latency == 200);
    CHECK(mode->primary.write_latency == 200);
    CHECK(mode->secondary.read_latency == 50);
    CHECK(mode->secondary.outstanding == 4);
}

TEST_CASE("wrong memory options say what is legal") {
    const HardwareConfig config = *builtin_config("nv_small");
    const auto message = [&](const MemoryOptions& options) {
        return timing_mode(options, config).error().message;
    };
    CHECK(message({.main = "hbm", .second = "ideal", .settings = {}}).find("there are ddr4") !=
          std::string::npos);
    CHECK(message({.main = "ideal", .second = "ideal", .settings = {"latency=3"}}) ==
          "--set latency=3: legal are memory.FIELD=VALUE and second_memory.FIELD=VALUE");
    CHECK(message({.main = "ideal", .second = "ideal", .settings = {"memory.size=3"}})
              .find("memory.size is not a field") == 0);
}
