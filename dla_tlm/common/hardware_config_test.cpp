// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/hardware_config.hpp"

#include "testing/catch.hpp"

using namespace dla;

TEST_CASE("every built-in configuration parses") {
    CHECK(builtin_config_names().size() == 8);
    for (const auto& name : builtin_config_names()) {
        const auto config = builtin_config(name);
        INFO((config ? name : config.error().message));
        REQUIRE(config);
        CHECK(config->name == name);
    }
}

TEST_CASE("a configuration's errors name place, field and legal range") {
    const auto good = builtin_config("nv_small");
    REQUIRE(good);
    CHECK(parse_config("name: x\n", "a.yaml").error().message == "a.yaml:1:1: summary is missing");
    CHECK(parse_config("a: [", "a.yaml").error().message.find("a.yaml:1:") == 0);
    CHECK(builtin_config("nv_tiny").error().message.find("nv_small_256_full") != std::string::npos);
}

TEST_CASE("a configuration's name, which folders get, cannot lead out of them") {
    for (const char* name : {"../up", "..", "/etc", ".hidden", "a/b", "\"\"", "\"a\\0b\"", "a b"}) {
        const auto config = parse_config(std::string("name: ") + name + "\n", "a.yaml");
        INFO(name);
        CHECK(config.error().message.starts_with("a.yaml:1:7: name is '"));
    }
    CHECK(parse_config("name: my-DLA_1.2\n", "a.yaml").error().message ==
          "a.yaml:1:1: summary is missing");
}

TEST_CASE("kernel groups halve for two-byte precisions where those exist") {
    CHECK(builtin_config("nv_full")->kernels_per_group(Precision::kInt8) == 32);
    CHECK(builtin_config("nv_full")->kernels_per_group(Precision::kFp16) == 16);
    CHECK(builtin_config("nv_large")->kernels_per_group(Precision::kInt16) == 32);
}
