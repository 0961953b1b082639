// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "testing/catch.hpp"
#include "vp/campaign/journal.hpp"
#include "vp/campaign/subject.hpp"

namespace dla::vp::campaign {
namespace {

RunRecord record(std::size_t run, const std::string& unit, Fate fate) {
    return {
        .run = run, .unit = unit, .cycle = 7, .flips = {"a \"flip\""}, .fate = fate, .why = "\n"};
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

class Folder {
  public:
    Folder() {
        std::string name = "/tmp/campaign-test-XXXXXX";
        path_ = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file() const { return path_ + "/journal"; }

  private:
    std::string path_;
};

TEST_CASE("A journal goes on behind a line that a kill cut off") {
    const Folder folder;
    {
        auto journal = Journal::open(folder.file(), "campaign A");
        REQUIRE(journal);
        REQUIRE(journal->add(record(0, "SDP", Fate::kHang)));
        REQUIRE(journal->add(record(2, "CBUF", Fate::kMasked)));
    }
    std::ofstream(folder.file(), std::ios::app) << R"({"run":3,"unit":"SD)";
    auto journal = Journal::open(folder.file(), "campaign A");
    REQUIRE(journal);
    REQUIRE(journal->records().size() == 2);
    CHECK(journal->records().at(0).json() == record(0, "SDP", Fate::kHang).json());
    REQUIRE(journal->add(record(3, "SDP", Fate::kDetected)));
    CHECK(Journal::open(folder.file(), "campaign A")->records().size() == 3);
}

TEST_CASE("A journal of another campaign is refused and kept") {
    const Folder folder;
    REQUIRE(Journal::open(folder.file(), "campaign A")->add(record(0, "SDP", Fate::kHang)));
    const auto other = Journal::open(folder.file(), "campaign B");
    REQUIRE(!other);
    CHECK(says(other.error().message, "campaign A"));
    CHECK(Journal::open(folder.file(), "campaign A")->records().size() == 1);
}

TEST_CASE("A run is judged by what software sees, beside the run without a flip") {
    Ending good{.output = "pass"};
    good.seen.counters = {"SDP.D_STATUS_NAN_INPUT_NUM[0] 1"};
    CHECK(judge(good, good).fate == Fate::kMasked);
    Ending wrong = good;
    wrong.output = "fail";
    CHECK(judge(good, wrong).fate == Fate::kWrongOutput);
    Ending counted = wrong;
    counted.seen.counters = {"SDP.D_STATUS_NAN_INPUT_NUM[0] 2"};
    CHECK(judge(good, counted).fate == Fate::kDetected);
    CHECK(judge(good, counted).why == "counter SDP.D_STATUS_NAN_INPUT_NUM[0] 2");
    counted.kind = Ending::Kind::kHang;
    CHECK(judge(good, counted).fate == Fate::kHang);
    counted.seen.errors = {"SDP: D_DP_BS_CFG is illegal"};
    CHECK(judge(good, counted).fate == Fate::kDetected);
    Ending told = good;
    told.kind = Ending::Kind::kTold;
    CHECK(judge(good, told).fate == Fate::kDetected);
    told.kind = Ending::Kind::kBroken;
    CHECK(judge(good, told).fate == Fate::kCrash);
    const auto again = Ending::parse(counted.json());
    REQUIRE(again);
    CHECK(again->json() == counted.json());
}

TEST_CASE("Runs are drawn alike each time and differ from each other") {
    Plan plan{.places = {{.text = "a", .place = inject::Place::kCbuf},
                         {.text = "b", .place = inject::Place::kMemory}},
              .seed = 3,
              .flips = 2,
              .cycles = {100, 199}};
    std::array<std::size_t, 2> of_each{};
    for (std::size_t run = 0; run < 200; ++run) {
        const auto specs = draw_run(plan, run);
        REQUIRE(specs.size() == 2);
        CHECK(specs[0].at->first >= 100);
        CHECK(specs[0].at->last <= 199);
        CHECK(draw_run(plan, run)[1].at->first == specs[1].at->first);
        CHECK(seed_of_run(plan, run) != seed_of_run(plan, run + 1));
        ++of_each[specs[0].text == "a" ? 0 : 1];
    }
    CHECK(of_each[0] > 70);
    CHECK(of_each[1] > 70);
}

TEST_CASE("Fates are counted by unit, with the interval of Wilson") {
    const auto rows = by_unit({record(0, "SDP", Fate::kHang), record(1, "CBUF", Fate::kMasked),
                               record(2, "SDP", Fate::kWrongOutput)});
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].unit == "CBUF");
    CHECK(rows[1].runs() == 2);
    CHECK(rows[2].runs() == 3);
    // 10 of 100: 5.52 % to 17.44 %.
    CHECK(std::abs(interval(10, 100).low - 5.52) < 0.01);
    CHECK(std::abs(interval(10, 100).high - 17.44) < 0.01);
}

}  // namespace
}  // namespace dla::vp::campaign
