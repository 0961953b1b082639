// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/cbuf_room.hpp"

#include "testing/catch.hpp"

using namespace dla;
using namespace dla::csc;

TEST_CASE("weights that fit arrive as if CBUF had no end") {
    WeightRoom room(1000, 8, {});
    CHECK(room.fetch(400, 200) == 200);
    CHECK(room.fetch(600, 300) == 300);
}

TEST_CASE("weights without room are requested when a group is released") {
    WeightRoom room(1000, 8, {.read_latency = 50});
    room.fetch(800, 200);
    CHECK_FALSE(room.has_room(800));
    room.release(800, 5000);
    CHECK(room.has_room(800));
    // 200 bytes had room before, 600 are 75 beats after the release.
    CHECK(room.fetch(800, 300) == 5000 + 75 + 50 + 10);
}

TEST_CASE("a release that comes early enough costs nothing") {
    WeightRoom room(1000, 8, {.read_latency = 50});
    room.fetch(800, 200);
    room.release(800, 250);
    CHECK(room.fetch(800, 1000) == 1000);
}

TEST_CASE("banks of unknown size never run out") {
    WeightRoom room(0, 8, {});
    CHECK(room.fetch(1u << 30, 200) == 200);
    room.release(1, 300);
    CHECK(room.has_room(1u << 30));
}
