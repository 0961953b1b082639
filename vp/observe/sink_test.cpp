// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numeric>

#include "testing/catch.hpp"
#include "trace-tests/test_folder.hpp"
#include "vp/observe/rate.hpp"
#include "vp/observe/sink_set.hpp"

namespace dla::vp {
namespace {

// A short life of a DLA, written by one sink.
std::string written(const std::string& sink, const std::string& filter = "") {
    const trace::TestFolder folder;
    const HardwareConfig config = *builtin_config("nv_full");
    auto sinks = SinkSet::open({sink + "=" + folder.path() + "/%n.out" + filter}, "run", config);
    REQUIRE(sinks);
    EventStream events;
    sinks->attach(events);
    const OperationEvent sdp{"SDP", 1, 100, 300, "8x8 \"ReLU\" <int8>", 0, 4096};
    const OperationEvent csc{"CSC", 0, 50, 250, "convolution", 204800, 0};
    events.csb({90, 0xb038, 1, true});  // SDP.D_OP_ENABLE
    events.operation_begin(csc);
    events.operation_begin(sdp);
    events.memory({110, "SDP_B", false, 0x80000000, 64, false, nullptr});
    events.memory({120, "CDMA_DAT", true, 0x50000000, 128, false, nullptr});
    events.operation_end(csc);
    events.operation_end(sdp);
    events.interrupt({301, 2, 0, true});
    events.firmware({"handle interrupt", 310, 330, ""});
    for (unsigned i = 0; i < 3; ++i)
        events.guest_error({302 + i, "PDP", "PDP has no register at offset 0xfff"}, "key");
    events.guest_error({400, "PDP", "made once"}, "other");
    events.tell_guest_error_counts();
    REQUIRE(sinks->finish());
    return trace::read_text(folder.path() + "/run.out");
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a sink that is not understood is refused with what is legal") {
    CHECK(has(parse_sink("gif=x").error().message, "log, perfetto, vcd, csv, html"));
    CHECK(has(parse_sink("log").error().message, "SINK=FILE[:FILTER]"));
    CHECK(has(parse_sink("log=").error().message, "the file is missing"));
    CHECK(has(parse_sink("csv=x:debug").error().message, "\"debug\" is neither"));
    CHECK(has(parse_sink("log=x:debug,XDP").error().message, "\"XDP\" is neither"));
    const auto good = parse_sink("log=a/b.log:debug,SDP,PDP");
    REQUIRE(good);
    CHECK(good->file == "a/b.log");
    CHECK(good->level == LogLevel::kDebug);
    CHECK(good->filter.units == std::vector<std::string>{"SDP", "PDP"});
}

TEST_CASE("several runs may not write the same file") {
    CHECK(has(check_sinks({"vcd=x.vcd"}, 2).error().message, "%n"));
    CHECK(check_sinks({"vcd=x.vcd"}, 1));
    CHECK(check_sinks({"vcd=%n.vcd"}, 2));
    const HardwareConfig config = *builtin_config("nv_full");
    const auto set = SinkSet::open({"log=/dev/null/at/all"}, "run", config);
    REQUIRE_FALSE(set);
    CHECK(has(set.error().message, "/dev/null/at/all: cannot be written: Not a directory"));
}

TEST_CASE("the log holds what its level and units let through") {
    const std::string info = written("log");
    CHECK(has(info, "100 SDP group 1 begins: 8x8 \"ReLU\" <int8>\n"));
    CHECK(has(info, "300 SDP group 1 ends after 200 cycles, 0 MACs, 4096 bytes\n"));
    CHECK(has(info, "301 GLB interrupt status 0x00000002 mask 0x00000000 line high\n"));
    CHECK(has(info, "302 PDP error: PDP has no register at offset 0xfff\n"));
    CHECK(has(info, "330 firmware: handle interrupt since 310\n"));
    CHECK_FALSE(has(info, "CSB"));
    const std::string debug = written("log", ":debug");
    CHECK(has(debug, "90 CSB write SDP.D_OP_ENABLE = 0x00000001\n"));
    CHECK(has(debug, "120 CDMA_DAT reads 128 bytes of second memory at 0x50000000\n"));
    CHECK(written("log", ":error") ==
          "302 PDP error: PDP has no register at offset 0xfff\n400 PDP error: made once\n"
          "302 PDP error, 3 times in all: PDP has no register at offset 0xfff\n");
    CHECK_FALSE(has(written("log", ":debug,CSC"), "SDP"));
}

TEST_CASE("the CSV has a line per layer with utilisation and quoted words") {
    const std::string csv = written("csv");
    CHECK(has(csv, "SDP,1,100,300,200,0,4096,0.0000,20.480,\"8x8 \"\"ReLU\"\" <int8>\"\n"));
    // 204800 MACs in 200 cycles of 64 x 32.
    CHECK(has(csv, "CSC,0,50,250,200,204800,0,0.5000,0.000,\"convolution\"\n"));
    CHECK_FALSE(has(written("csv", ":CSC"), "SDP"));
}

TEST_CASE("the VCD declares signals per unit and orders changes by time") {
    const std::string vcd = written("vcd");
    CHECK(has(vcd, "$timescale 1ps $end"));
    CHECK(has(vcd, "$scope module SDP $end\n$var wire 8 # queue $end"));
    CHECK(has(vcd, "$scope module CSC $end\n$var wire 1 $ busy_0 $end"));
    // CSC begins, SDP is enabled, SDP begins, CSC ends, SDP ends, interrupt. 1 cycle is 1 ns.
    CHECK(has(vcd,
              "#50000\n1$\n#90000\nb1 #\n#100000\n1%\n#250000\n0$\n#300000\n0%\nb0 #\n"
              "#301000\n1!\nb10 \"\n"));
}

TEST_CASE("the Perfetto trace has tracks per group and port, counters and balanced brackets") {
    const std::string json = written("perfetto");
    CHECK(has(json, "\"args\":{\"name\":\"SDP group 1\"}"));
    CHECK(has(json, "\"name\":\"8x8 \\\"ReLU\\\" <int8>\""));
    CHECK(has(json, "\"ts\":0.100,\"dur\":0.200"));
    CHECK(has(json, "\"args\":{\"name\":\"CDMA_DAT second memory\"}"));
    CHECK(has(json, "\"name\":\"MAC utilisation\""));
    CHECK(has(json, "\"percent\":50.000"));
    CHECK(has(json, "\"MB/s\":"));
    CHECK(has(json, "\"name\":\"status 0x2\""));
    CHECK(has(json, "\"args\":{\"name\":\"calls\"}"));
    CHECK(has(json, "\"name\":\"handle interrupt\",\"cat\":\"firmware\""));
    CHECK(has(json, "\"args\":{\"name\":\"register accesses\"}"));
    CHECK(std::ranges::count(json, '{') == std::ranges::count(json, '}'));
    CHECK(json.ends_with("\n]}\n"));
}

TEST_CASE("the report has its four parts and nothing from outside") {
    const std::string html = written("html");
    for (const char* part : {"<h2>Timeline</h2>", "<h2>Bandwidth</h2>", "<h2>Roofline</h2>",
                             "<h2>Layers</h2>", "<h2>Messages</h2>", "</body></html>"})
        CHECK(has(html, part));
    CHECK(has(html, "8x8 &quot;ReLU&quot; &lt;int8&gt;"));
    CHECK(has(html, "1024.00 MACs per cycle"));
    CHECK(has(html, "PDP has no register at offset 0xfff (3 times)"));
    CHECK_FALSE(has(html, "<script"));
    CHECK_FALSE(has(html, "http"));
}

TEST_CASE("an amount over time is kept whole while intervals grow") {
    Rate rate;
    rate.add(0, 10, 100);
    rate.add(1'000'000, 1'000'500, 500);
    const auto rates = rate.per_cycle();
    CHECK(rates.size() <= 1024);
    const double sum = std::accumulate(rates.begin(), rates.end(), 0.0);
    CHECK(std::abs(sum * static_cast<double>(rate.interval()) - 600) < 1e-6);
}

}  // namespace dla::vp
