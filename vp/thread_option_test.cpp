// SPDX-License-Identifier: Apache-2.0
#include "vp/thread_option.hpp"

#include "testing/catch.hpp"

using namespace dla::vp;

TEST_CASE("simulations beside each other compute with one thread each, unless asked otherwise") {
    CHECK(threads_per_run(0, 1) == 0);  // one per processor
    CHECK(threads_per_run(0, 2) == 1);
    CHECK(threads_per_run(3, 1) == 3);
    CHECK(threads_per_run(3, 2) == 3);
}

TEST_CASE("--threads takes 1 to 256") {
    const auto parse = [](const char* value) {
        CLI::App app;
        unsigned threads = 0;
        add_threads_option(app, threads);
        app.parse(std::string("--threads ") + value);
        return threads;
    };
    CHECK(parse("1") == 1);
    CHECK(parse("256") == 256);
    CHECK_THROWS_AS(parse("0"), CLI::ValidationError);
    CHECK_THROWS_AS(parse("257"), CLI::ValidationError);
    CHECK_THROWS_AS(parse("two"), CLI::ParseError);
}
