// SPDX-License-Identifier: Apache-2.0
#include "vp/terminal.hpp"

#include "testing/catch.hpp"

using namespace dla::vp;

TEST_CASE("progress tells what is done and the time left at the pace so far") {
    CHECK(progress_text("traces", 0, 94, 0) == "[                    ] 0 of 94 traces");
    CHECK(progress_text("traces", 1, 4, 0.5) == "[=====               ] 1 of 4 traces");
    CHECK(progress_text("traces", 10, 40, 5) ==
          "[=====               ] 10 of 40 traces, about 15 s left");
    CHECK(progress_text("traces", 1, 11, 60) ==
          "[=                   ] 1 of 11 traces, about 10 min left");
    CHECK(progress_text("traces", 4, 4, 60) == "[====================] 4 of 4 traces");
}

TEST_CASE("a file takes no colours") {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    CHECK_FALSE(takes_colours(file));
    std::fclose(file);
    CHECK(coloured("pass", Colour::kGreen) == "\033[32mpass\033[0m");
}
