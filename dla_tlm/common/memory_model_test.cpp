// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/memory_model.hpp"

#include "testing/catch.hpp"

using namespace dla;

TEST_CASE("every built-in memory parses and the bench of the measurements is what it was") {
    CHECK(builtin_memory_names() ==
          std::vector<std::string>{"ddr4", "ideal", "lpddr4", "rtl-bench"});
    for (const auto& name : builtin_memory_names()) {
        const auto memory = builtin_memory(name);
        INFO((memory ? name : memory.error().message));
        REQUIRE(memory);
        CHECK(memory->name == name);
    }
    const MemoryTiming bench = timing_of(*builtin_memory("rtl-bench"), {8, 1}, 1000);
    CHECK(bench.read_latency == 50);
    CHECK(bench.write_latency == 50);
    CHECK(bench.beat_interval == 1);
    CHECK(bench.outstanding == 0);
}

TEST_CASE("a memory's errors name place, field and legal range") {
    const std::string good =
        "name: x\nsummary: y\nlatency: 5\nwrite_latency: 5\nbeat_interval: 1\noutstanding: 0\n";
    CHECK(parse_memory(good, "a.yaml").error().message ==
          "a.yaml:1:1: bandwidth_gb_per_s is missing");
    CHECK(parse_memory(good + "bandwidth_gb_per_s: -1\n", "a.yaml").error().message ==
          "a.yaml:7:21: bandwidth_gb_per_s is '-1', legal is a number from 0 to 100000");
    CHECK(parse_memory(good + "bandwidth_gb_per_s: 1\nspeed: 2\n", "a.yaml")
              .error()
              .message.find("a.yaml:8:1: speed is not a field here") == 0);
    CHECK(builtin_memory("hbm").error().message ==
          "'hbm' is not a memory; there are ddr4, ideal, lpddr4, rtl-bench");
    CHECK(load_memory("nowhere.yaml").error().message ==
          "nowhere.yaml: cannot be read as a memory description: No such file or directory");
}

TEST_CASE("single fields of a memory can be set by name") {
    MemoryModel memory = *builtin_memory("rtl-bench");
    REQUIRE(set_memory_field(memory, "latency", "200"));
    CHECK(memory.latency == 200);
    CHECK(memory.write_latency == 200);
    REQUIRE(set_memory_field(memory, "outstanding", "16"));
    CHECK(memory.outstanding == 16);
    CHECK(set_memory_field(memory, "latency", "fast").error().message ==
          "memory.latency is 'fast', legal is a number from 1 to 1000000");
    CHECK(set_memory_field(memory, "outstanding", "1.5").error().message ==
          "memory.outstanding is '1.5', legal is a whole number from 0 to 65536");
    CHECK(set_memory_field(memory, "speed", "1")
              .error()
              .message.find(
                  "memory.speed is not a field of a memory; fields are latency, write_latency") ==
          0);
}

TEST_CASE("bandwidth limits the beats of a port as its width and clock demand") {
    MemoryModel memory = *builtin_memory("ideal");
    memory.bandwidth_gb_per_s = 16;
    CHECK(timing_of(memory, {8, 1}, 1000).beat_interval == 1);
    CHECK(timing_of(memory, {64, 4}, 1000).beat_interval == 4);
    CHECK(timing_of(memory, {8, 1}, 1000).shared_interval == 0.5);
    CHECK(timing_of(memory, {64, 4}, 500).beat_interval == 2);
}
