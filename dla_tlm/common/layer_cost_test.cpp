// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/layer_cost.hpp"

#include <string>

#include "testing/catch.hpp"

using namespace dla;

TEST_CASE("a layer is bound by what takes most of its cycles") {
    CHECK(bound_of({.compute = 10, .weight_fetch = 30, .latency = 5}) == Bound::kWeightFetch);
    CHECK(bound_of({.compute = 10, .output = 10}) == Bound::kCompute);
    CHECK(std::string(name_of(Bound::kDataFetch)) == "data fetch");
    CHECK(CycleParts{1, 2, 3, 4, 5}.total() == 15);
}

TEST_CASE("MAC utilisation counts against the peak of the precision") {
    const HardwareConfig config = *builtin_config("nv_full");
    CHECK(mac_utilisation({.precision = Precision::kInt8, .macs = 2048 * 50}, 100, config) == 0.5);
    CHECK(mac_utilisation({.precision = Precision::kFp16, .macs = 1024 * 50}, 100, config) == 0.5);
    CHECK(mac_utilisation({}, 0, config) == 0);
}

TEST_CASE("a port's utilisation is bytes over width times cycles, and 0 where there is no port") {
    const HardwareConfig config = *builtin_config("nv_small");
    CHECK(port_utilisation(400, 100, config.primary) == 0.5);
    CHECK(port_utilisation(400, 100, config.secondary) == 0);
}

TEST_CASE("energy adds MACs, on-chip and off-chip bytes") {
    HardwareConfig config = *builtin_config("nv_full");
    config.energy = {.mac_int8_pj = 1,
                     .mac_int16_pj = 2,
                     .mac_fp16_pj = 3,
                     .sram_byte_pj = 10,
                     .dram_byte_pj = 100};
    LayerWork work{.macs = 7, .cbuf_bytes = 1};
    work.primary = {.read = 1, .written = 1};
    work.secondary = {.read = 1, .written = 0};
    CHECK(energy_pj(work, config) == 7 + 20 + 200);
    work.precision = Precision::kInt16;
    CHECK(energy_pj(work, config) == 14 + 20 + 200);
    CHECK(energy_pj(work + work, config) == 2 * (14 + 20 + 200));
}
