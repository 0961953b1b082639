// SPDX-License-Identifier: Apache-2.0
#include "vp/layer_report.hpp"

#include <fmt/format.h>

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
    CHECK(table.find("CSC          100      1000 compute         10.0       2304") !=
          std::string::npos);
    CHECK(table.find("second") == std::string::npos);
    CHECK(report.summary().starts_with(
        "1 layers, 1000 cycles, 0.001 ms at 1000 MHz, MACs used 10.0 %, main memory 2304 B read"));
    CHECK(report.summary().find("bound by compute 100 %") != std::string::npos);
}

TEST_CASE("what no RTL was measured for is marked in every report") {
    const auto report_of = [](const char* config, const OperationEvent& event) {
        LayerReport report(*builtin_config(config));
        report.on_operation_end(event);
        return report.table() + report.summary() + report.totals().json() + report.csv();
    };
    CHECK(report_of("nv_small", convolution()).find("not calibrated:") == std::string::npos);
    CHECK(report_of("nv_small", convolution()).find("compute*") == std::string::npos);
    const std::string full = report_of("nv_full", convolution());
    CHECK(full.find("compute* ") != std::string::npos);
    CHECK(full.find("* not calibrated: no RTL cycles of nv_full were measured") !=
          std::string::npos);
    CHECK(full.find("\"not_calibrated\": \"no RTL cycles of nv_full\"") != std::string::npos);
    OperationEvent second = convolution();
    second.work.secondary.read = 64;
    CHECK(report_of("nv_small", second).find("second rd") != std::string::npos);
    CHECK(report_of("nv_small", second).find("* not calibrated: second memory port\n") !=
          std::string::npos);
    OperationEvent winograd = convolution();
    winograd.words = "Winograd 8x8x32 * 3x3, batch 2, compressed";
    CHECK(report_of("nv_large", winograd).find("\"Winograd, compressed weights, batches\"") !=
          std::string::npos);
    OperationEvent element_wise{"SDP", 0, 0, 90, "int8 8x8x32 from memory, Y add", 0, 0};
    element_wise.parts.compute = 90;
    element_wise.work.precision = Precision::kInt16;
    CHECK(report_of("nv_large", element_wise).find("element-wise stage, 16-bit precision") !=
          std::string::npos);
    OperationEvent copy{"BDMA", 0, 0, 90, "copy", 0, 0};
    copy.work.primary.read = 64;
    CHECK(report_of("nv_large", copy).find("no RTL runs of this unit") != std::string::npos);
}

TEST_CASE("layers of independent units at the same time are marked") {
    OperationEvent pooling{"PDP", 0, 900, 1200, "max", 0, 0};
    pooling.parts.compute = 300;
    pooling.work.primary.read = 64;
    LayerReport apart(*builtin_config("nv_small"));
    LayerReport together(*builtin_config("nv_small"));
    together.on_operation_end(convolution());  // ends at 1100
    together.on_operation_end(pooling);
    CHECK(together.summary().find("independent units at the same time") != std::string::npos);
    pooling.begin = 1100;
    apart.on_operation_end(convolution());
    apart.on_operation_end(pooling);
    OperationEvent fused{"SDP", 0, 100, 1150, "from CACC", 0, 0};
    fused.work.primary.written = 64;
    apart.on_operation_end(fused);
    CHECK(apart.summary().find("not calibrated") == std::string::npos);
}

TEST_CASE("a layer that others slowed down says which, how much, and that nobody measured it") {
    LayerReport report(*builtin_config("nv_full"));
    OperationEvent slow = convolution();
    ClientSet others;
    others.add(MemoryClient::kBdma);
    others.add(MemoryClient::kPdp);
    slow.parts.lose(900, others);
    slow.end += 900;
    report.on_operation_end(slow);
    const std::string table = report.table();
    CHECK(table.find("shared port*") != std::string::npos);
    CHECK(table.find("; port shared with BDMA, PDP, 900 cycles lost\n") != std::string::npos);
    CHECK(report.summary().find("bound by shared port 100 %") != std::string::npos);
    CHECK(report.summary().find("* not calibrated: independent units at the same time\n") !=
          std::string::npos);
    CHECK(report.json().find("\"shared_port\": 900, \"shared_with\": \"BDMA, PDP\"") !=
          std::string::npos);
    CHECK(report.csv().find(",shared port,800,0,0,0,200,900,\"BDMA, PDP\",6400,") !=
          std::string::npos);
    // It lost nothing that it waited for.
    LayerReport hidden(*builtin_config("nv_small"));
    OperationEvent behind = convolution();
    behind.parts.lose(0, others);
    hidden.on_operation_end(behind);
    CHECK(hidden.table().find("compute*") != std::string::npos);
    CHECK(hidden.table().find("; port shared with BDMA, PDP\n") != std::string::npos);
}

TEST_CASE("totals add up energy of every precision and need no memory of layers") {
    LayerReport report(*builtin_config("nv_full"), false);
    OperationEvent half = convolution();
    half.work.precision = Precision::kFp16;
    report.on_operation_end(convolution());
    report.on_operation_end(half);
    CHECK(report.layers().empty());
    CHECK(report.totals().layers() == 2);
    const HardwareConfig config = *builtin_config("nv_full");
    const double expected = energy_pj(convolution().work, config) + energy_pj(half.work, config);
    CHECK(report.totals().json().find(fmt::format("\"energy_pj\": {:.0f}", expected)) !=
          std::string::npos);
}

TEST_CASE("the layer CSV has a row per operation and quotes its words") {
    LayerReport report(*builtin_config("nv_small"));
    report.on_operation_end({"CDMA", 0, 100, 700, "fetch", 0, 0});
    report.on_operation_end(convolution());
    const std::string csv = report.csv();
    CHECK(csv.find("\nCDMA,0,100,700,600,,0,") != std::string::npos);
    CHECK(csv.find("\nCSC,0,100,1100,1000,compute,800,0,0,0,200,0,,6400,0.1000,0,2304,0,0,0,") !=
          std::string::npos);
    CHECK(csv.find("\"3x3, \"\"same\"\"\"\n") != std::string::npos);
}
