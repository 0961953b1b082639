// SPDX-License-Identifier: Apache-2.0
#include "testing/catch.hpp"
#include "vp/coverage/coverage_report.hpp"

namespace dla::vp::coverage {
namespace {

constexpr const char* kSmall = R"(
units:
  PDP:
    points:
      method:
        average: {D_OPERATION_MODE_CFG.POOLING_METHOD: 0}
        max: {D_OPERATION_MODE_CFG.POOLING_METHOD: 1}
      precision:
        int8: {D_DATA_FORMAT.INPUT_DATA: 0}
        fp16: {D_DATA_FORMAT.INPUT_DATA: 2, needs: [fp16]}
      kernel:
        k1_2: [{D_POOLING_KERNEL_CFG.KERNEL_WIDTH: 0}, {D_POOLING_KERNEL_CFG.KERNEL_WIDTH: 1}]
        k3_8: {D_POOLING_KERNEL_CFG.KERNEL_WIDTH: [2, 7]}
        rest: other
    crosses:
      - points: [method, precision]
        never:
          - {method: average, precision: fp16, why: for the test}
)";

std::vector<std::uint32_t> words(unsigned method, unsigned precision, unsigned kernel) {
    const regs::CatalogueUnit* pdp = regs::find_unit("PDP");
    const auto table = pdp->table(regs::AddressMap::kNvFull);
    std::vector<std::uint32_t> all(table.size(), 0);
    for (unsigned i = 0; i < table.size(); ++i) {
        const std::string_view name = table[i].name;
        if (name == "D_OPERATION_MODE_CFG") all[i] = method;
        if (name == "D_DATA_FORMAT") all[i] = precision;
        if (name == "D_POOLING_KERNEL_CFG") all[i] = kernel;
    }
    return all;
}

std::string error_of(const std::string& yaml) {
    const auto model = Model::load(yaml, "m.yaml");
    return model ? "" : model.error().message;
}

TEST_CASE("The built-in modes are all of the register catalogue") {
    const auto model = Model::load(coverage_yaml(), "coverage.yaml");
    REQUIRE(model);
    CHECK(model->units().size() == 11);
}

TEST_CASE("A mode that does not exist is refused with its line") {
    CHECK(error_of("units:\n  PDP:\n    points:\n      a:\n        b: {D_NONE.X: 0}\n") ==
          "m.yaml:5: PDP has no field D_NONE.X; legal is REGISTER.FIELD");
    CHECK(error_of("units:\n  PDP:\n    points:\n      a:\n        b: {D_DATA_FORMAT.INPUT_DATA: "
                   "0, needs: [x]}\n")
              .find("no feature is called x") != std::string::npos);
    CHECK(error_of("units: [").find("m.yaml:") == 0);
}

TEST_CASE("Operations count for the first bin that holds, and combinations for their bins") {
    const auto model = Model::load(kSmall, "m.yaml");
    REQUIRE(model);
    const UnitModel& pdp = *model->unit("PDP");
    Collected collected;
    collected.count("nv_full", pdp, words(1, 2, 1));
    collected.count("nv_full", pdp, words(1, 2, 5));
    collected.count("nv_full", pdp, words(0, 0, 9));
    const UnitCounts& counts = collected.configs["nv_full"].units["PDP"];
    CHECK(counts.operations == 3);
    CHECK(counts.points.at("kernel").at("k1_2") == 1);
    CHECK(counts.points.at("kernel").at("k3_8") == 1);
    CHECK(counts.points.at("kernel").at("rest") == 1);
    CHECK(counts.crosses.at("method x precision").at("max x fp16") == 2);

    SECTION("Files add up") {
        const auto again = Collected::parse(collected.json(), "c.json");
        REQUIRE(again);
        CHECK(again->json() == collected.json());
        collected.add(*again);
        CHECK(collected.configs["nv_full"].units["PDP"].operations == 6);
        CHECK(!Collected::parse("{}", "c.json"));
        CHECK(!Collected::parse("nonsense", "c.json"));
    }
    SECTION("Legal is what the configuration has and no rule forbids") {
        const auto full = rows(*model, collected, {*builtin_config("nv_full")});
        REQUIRE(full.size() == 4);
        CHECK(full[3].share.all == 3);
        CHECK(full[3].share.covered == 2);
        CHECK(full[3].holes == std::vector<std::string>{"max x int8"});
        const auto small = rows(*model, collected, {*builtin_config("nv_small")});
        CHECK(small[1].share.all == 1);
        CHECK(small[3].share.all == 2);
        CHECK(small[3].share.covered == 0);
        const View view{*model, collected, {*builtin_config("nv_full")}};
        CHECK(table(view, true).find("PDP method x precision (2/3 66.7 %): never max x int8") !=
              std::string::npos);
        CHECK(html(view).find("</html>") != std::string::npos);
    }
}

}  // namespace
}  // namespace dla::vp::coverage
