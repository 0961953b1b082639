// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/boot_report.hpp"

#include <boost/json.hpp>

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::vp;

namespace {

boost::json::object parsed(const std::string& text) {
    return boost::json::parse(text).as_object();
}

BootReport report_of_two() {
    BootReport report;
    for (const char* name : {"nv_small", "nv_full"}) {
        report.configs.push_back(*builtin_config(name));
        report.layers.emplace_back(report.configs.back());
    }
    OperationEvent layer{};
    layer.unit = "SDP";
    layer.group = 1;
    layer.begin = 100;
    layer.end = 350;
    layer.work.primary.read = 64;
    layer.words = "int8 \"x\"";
    report.layers[1].on_operation_end(layer);
    report.qemu_exit_code = 0;
    report.guest_exit_code = 7;
    report.accesses = 12;
    report.run_s = 1.5;
    return report;
}

}  // namespace

TEST_CASE("a boot's report names exit codes, times and every layer of every DLA") {
    const auto all = parsed(json(report_of_two(), 7, ""));
    CHECK(all.at("exit_code") == 7);
    CHECK(all.at("guest_exit_code") == 7);
    CHECK(all.at("qemu_exit_code") == 0);
    CHECK(all.at("error").is_null());
    CHECK(all.at("run_s") == 1.5);
    CHECK(all.at("csb_accesses") == 12);
    const auto& dlas = all.at("dlas").as_array();
    REQUIRE(dlas.size() == 2);
    CHECK(dlas[0].at("config") == "nv_small");
    CHECK(dlas[0].at("layers").as_array().empty());
    const auto& layers = dlas[1].at("layers").as_array();
    REQUIRE(layers.size() == 1);
    CHECK(layers[0].at("unit") == "SDP");
    CHECK(layers[0].at("group") == 1);
    CHECK(layers[0].at("cycles") == 250);
    CHECK(layers[0].at("operation") == "int8 \"x\"");
}

TEST_CASE("a boot that did not come about is told with the reason") {
    const auto all = parsed(json(BootReport{}, 2, "no \"device\""));
    CHECK(all.at("exit_code") == 2);
    CHECK(all.at("guest_exit_code").is_null());
    CHECK(all.at("error") == "no \"device\"");
    CHECK(all.at("dlas").as_array().empty());
}
