// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <chrono>
#include <thread>

#include "testing/catch.hpp"
#include "trace-tests/test_folder.hpp"
#include "vp/trace_discovery.hpp"
#include "vp/trace_jobs.hpp"
#include "vp/trace_report.hpp"

namespace dla::vp {
namespace {

using trace::Verdict;

const std::vector<std::string> kNames = {"nv_full", "nv_small", "nv_small_256",
                                         "nv_small_256_full"};

TraceResult result(const char* name, Verdict verdict, const char* detail = "") {
    return {name, std::string("/t/") + name, "nv_small", {verdict, 7, detail}, 0.5};
}

}  // namespace

TEST_CASE("the configuration is the longest path component that names one") {
    CHECK(configuration_of("/a/nv_small/x/x.cfg", kNames) == "nv_small");
    CHECK(configuration_of("/nv_small/nv_small_256_full/x.cfg", kNames) == "nv_small_256_full");
    CHECK(configuration_of("/nv_small_256/nv_small/x.cfg", kNames) == "nv_small_256");
    CHECK(configuration_of("/a/b/input.txn", kNames) == "nv_full");
    CHECK(configuration_of("/a/nv_smallish/x.cfg", kNames).empty());
    CHECK(configuration_of("/a/b/nv_small.cfg", kNames).empty());
}

TEST_CASE("traces are found below folders in a fixed order") {
    const trace::TestFolder folder;
    folder.write("b/input.txn", "");
    folder.write("a/x.cfg", "");
    folder.write("a/x.dat", "");
    const auto found = find_traces({folder.path()});
    REQUIRE(found);
    CHECK(*found ==
          std::vector<std::string>{folder.path() + "/a/x.cfg", folder.path() + "/b/input.txn"});
    CHECK(name_of_trace((*found)[1]) == "b");
    CHECK(name_of_trace((*found)[0]) == "x");
    CHECK(name_of_trace("a/...txn") == "trace");  // not the folder above
    CHECK(name_of_trace("/input.txn") == "trace");
    CHECK(find_traces({folder.path() + "/none"})
              .error()
              .message.ends_with("/none: no such file or folder"));
    folder.write("c/readme", "");
    CHECK_FALSE(find_traces({folder.path() + "/c"}));
}

TEST_CASE("unsupported traces do not fail the set, errors count less than failures") {
    CHECK(exit_code_of({result("a", Verdict::kPass), result("b", Verdict::kUnsupported)}) == 0);
    CHECK(exit_code_of({result("a", Verdict::kError), result("b", Verdict::kPass)}) == 2);
    CHECK(exit_code_of({result("a", Verdict::kError), result("b", Verdict::kHang)}) == 1);
    CHECK(exit_code_of({result("a", Verdict::kFail)}) == 1);
}

TEST_CASE("the line of a result carries verdict, cycles and every sentence of the detail") {
    CHECK(
        line_of(result("a", Verdict::kFail, "one\ntwo")) ==
        "fail        nv_small             /t/a 7 cycles 0.50 s\n            one\n            two");
    CHECK(summary_of({result("a", Verdict::kPass), result("b", Verdict::kHang)}) ==
          "2 traces: 1 pass, 1 hang");
}

TEST_CASE("JSON and JUnit escape what they carry") {
    const trace::TestFolder folder;
    const std::vector<TraceResult> results = {result("a", Verdict::kPass),
                                              result("b", Verdict::kFail, "\"x\" < \x01\n&")};
    const std::string json = folder.path() + "/r.json";
    REQUIRE(write_json(json, results));
    CHECK(trace::read_text(json).find("\"verdict\": \"fail\", \"cycles\": 7, \"wall_s\": 0.500, "
                                      "\"detail\": \"\\\"x\\\" < \\u0001\\u000a&\"}") !=
          std::string::npos);
    const std::string junit = folder.path() + "/r.xml";
    REQUIRE(write_junit(junit, results));
    const std::string xml = trace::read_text(junit);
    CHECK(xml.find("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\"") != std::string::npos);
    CHECK(xml.find("<failure message=\"&quot;x&quot; &lt; ?&#10;&amp;\"/>") != std::string::npos);
    REQUIRE(write_json(folder.path() + "/new/r.json", results));
    CHECK(write_json(json + "/r.json", results).error().message ==
          json + "/r.json: cannot be written: Not a directory");
}

TEST_CASE("the Markdown table is the same on every machine and sums up each configuration") {
    const trace::TestFolder folder;
    TraceResult own = result("a", Verdict::kPass);
    own.path = "trace-tests/own/a.cfg";
    TraceResult other = result("b", Verdict::kHang, "stuck");
    other.path = "../shared/b.cfg";
    other.config = "nv_full";
    const std::string file = folder.path() + "/r.md";
    REQUIRE(write_markdown(file, "dla-vp trace x", {own, other}));
    const std::string page = trace::read_text(file);
    const auto contains = [&](const char* words) { return page.find(words) != std::string::npos; };
    CHECK(
        contains("| trace-tests/own/a.cfg | nv_small | pass | 7 |\n"
                 "| shared/b.cfg | nv_full | hang | 7 |\n"));
    CHECK(contains("| all | 2 | 1 | 0 | 1 | 0 | 0 |\n| nv_full | 1 | 0 | 0 | 1 | 0 | 0 |\n"));
    CHECK(contains("\n    dla-vp trace x\n"));
    own.wall_s = 77;
    REQUIRE(write_markdown(file, "dla-vp trace x", {own, other}));
    CHECK(trace::read_text(file) == page);
    CHECK_FALSE(write_markdown(file + "/r.md", "", {own}));
}

TEST_CASE("results come in order though jobs end in any order") {
    std::vector<std::string> outputs;
    run_jobs(
        4, {.parallel = 4},
        [](std::size_t i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(40 - 10 * i));
            return std::to_string(i);
        },
        [&](std::size_t i, const JobResult& r) {
            CHECK(i == outputs.size());
            outputs.push_back(r.output);
        });
    CHECK(outputs == std::vector<std::string>{"0", "1", "2", "3"});
}

TEST_CASE("a job that crashes or does not end takes no other down") {
    std::vector<std::string> failures;
    run_jobs(
        3, {.parallel = 2, .timeout_s = 1},
        [](std::size_t i) -> std::string {
            if (i == 0) raise(SIGKILL);
            while (i == 1)
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            return std::string(1'000'000, 'x');
        },
        [&](std::size_t i, const JobResult& r) {
            failures.push_back(r.failure);
            if (i == 2) CHECK(r.output.size() == 1'000'000);
        });
    REQUIRE(failures.size() == 3);
    CHECK(failures[0] == "crashed: Killed");
    CHECK(failures[1].find("ran longer than 1 s") == 0);
    CHECK(failures[2].empty());
}

}  // namespace dla::vp
