// SPDX-License-Identifier: Apache-2.0
#include "vp/layer_report.hpp"

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::vp;

namespace {

OperationEvent convolution() {
    OperationEvent event{"CSC", 0, 100, 1100, "3x3, \"same\"", 6400, 0};
    event.parts = {.compute = 800, .latency = 200};
    event.work.macs = 6400;
    event.work.primary = {.read = 2304, .written = 0};
    return event;
}

}  // namespace

TEST_CASE("the layer table shows bound, utilisation and bytes, and leaves out helping units") {
    LayerReport report(*builtin_config("nv_small"));
    report.on_operation_end({"CDMA", 0, 100, 700, "fetch", 0, 0});
    report.on_operation_end(convolution());
    const std::string table = report.table();
    CHECK(table.find("CDMA") == std::string::npos);
    CHECK(table.find("CSC          100      1000 compute        10.0       2304") !=
          std::string::npos);
    CHECK(table.find("all          100      1000") != std::string::npos);
}

TEST_CASE("the layer CSV has a row per operation and quotes its words") {
    LayerReport report(*builtin_config("nv_small"));
    report.on_operation_end({"CDMA", 0, 100, 700, "fetch", 0, 0});
    report.on_operation_end(convolution());
    const std::string csv = report.csv();
    CHECK(csv.find("\nCDMA,0,100,700,600,,0,") != std::string::npos);
    CHECK(csv.find("\nCSC,0,100,1100,1000,compute,800,0,0,0,200,6400,0.1000,0,2304,0,0,0,") !=
          std::string::npos);
    CHECK(csv.find("\"3x3, \"\"same\"\"\"\n") != std::string::npos);
}
