// SPDX-License-Identifier: Apache-2.0
// Random accesses on every configuration: with and without timing, with memory in place, without
// DMI and with memory that answers with errors. DLA_MONKEY_ACCESSES says how many on each
// configuration (10 million at night), DLA_RANDOM_SEED moves the seed.
#include "testing/monkey/csb_monkey.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>

#include "testing/catch.hpp"
#include "testing/random_runs.hpp"
#include "testing/resident.hpp"

using namespace dla;
using testing::CsbMonkey;

namespace {

constexpr long kMostResidentKib = 2 * 1024 * 1024;
constexpr long kMostGrowthKib = 128 * 1024;  // units keep their largest buffer

void report(const char* what, CsbMonkey& monkey) {
    const CsbMonkey::Result& result = monkey.result();
    fmt::print(
        "  {}: {} accesses, {} resets, {} layers to their end, {} guest errors, slowest access "
        "{:.3f} s (number {})\n",
        what, result.accesses, result.resets, result.layers, monkey.guest_errors(),
        result.slowest_access, result.slowest_number);
    std::fflush(stdout);
}

void run(const char* name) {
    const HardwareConfig config = builtin_config(name).value();
    const std::uint64_t each = testing::environment_number("DLA_MONKEY_ACCESSES", 30'000) / 3;
    const std::uint64_t seed = testing::random_seed(1);
    CsbMonkey timed("timed", config, {.seed = seed, .accesses = each});
    CsbMonkey untimed("untimed", config, {.seed = seed + 1'000, .accesses = each, .timing = false});
    CsbMonkey faults(
        "faults", config,
        {.seed = seed + 2'000, .accesses = each, .dmi = false, .memory_error_one_in = 100});
    const auto begin = std::chrono::steady_clock::now();
    sc_core::sc_start();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    const long early = timed.result().resident_kib;
    const long late = testing::resident_kib();
    fmt::print(
        "{}, seed {}, {:.0f} s, {:.0f} s of processor time, {} MiB resident after a quarter, {} "
        "MiB at the end, {} MiB at most\n",
        name, seed, seconds.count(), static_cast<double>(std::clock()) / CLOCKS_PER_SEC,
        early / 1024, late / 1024, testing::most_resident_kib() / 1024);
    report("timed", timed);
    report("timing off", untimed);
    report("memory with errors, without DMI", faults);
    for (const CsbMonkey* monkey : {&timed, &untimed, &faults}) {
        CHECK(monkey->result().accesses == each);
        CHECK(monkey->result().layers > each / 10'000);
    }
    CHECK(late < kMostResidentKib);
#ifndef __SANITIZE_ADDRESS__  // which keeps freed memory for a while
    CHECK(late - early < kMostGrowthKib);
#endif
}

}  // namespace

// A process each.
TEST_CASE("random accesses: nv_full") {
    run("nv_full");
}
TEST_CASE("random accesses: nv_large") {
    run("nv_large");
}
TEST_CASE("random accesses: nv_medium_1024_full") {
    run("nv_medium_1024_full");
}
TEST_CASE("random accesses: nv_medium_512") {
    run("nv_medium_512");
}
TEST_CASE("random accesses: nv_small_256_full") {
    run("nv_small_256_full");
}
TEST_CASE("random accesses: nv_small_256") {
    run("nv_small_256");
}
TEST_CASE("random accesses: nv_small") {
    run("nv_small");
}
TEST_CASE("random accesses: nv_small_master") {
    run("nv_small_master");
}

TEST_CASE("every configuration has its monkey") {
    CHECK(builtin_config_names().size() == 8);
}
