// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdp/cdp_timing.hpp"

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::cdp;

TEST_CASE("CDP works in pieces of eight columns") {
    const HardwareConfig config = *builtin_config("nv_small");
    const auto done = [&](unsigned width, unsigned height, unsigned surfaces) {
        return cdp_from_memory({.width = width, .height = height, .surfaces = surfaces}, config,
                               {.read_latency = 1, .write_latency = 1})
            .done;
    };
    CHECK(done(8, 8, 1) == 648);
    CHECK(done(5, 5, 1) == 310);
    CHECK(done(10, 8, 3) == 2228);
}

TEST_CASE("CDP with everything bypassed has no pieces") {
    const HardwareConfig config = *builtin_config("nv_large");
    const CdpLayer layer{.width = 10, .height = 8, .surfaces = 3, .bypass = true};
    CHECK(cdp_from_memory(layer, config, {}).done == 240 * 4 + 68 + 100);
}
