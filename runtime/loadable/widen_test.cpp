// SPDX-License-Identifier: Apache-2.0
#include "runtime/loadable/widen.hpp"

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/descriptor_io.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;

TEST_CASE("widening inserts a zero offset after the address of every cube") {
    Bytes old(kSurfaceBytes, 0);
    for (std::size_t i = 0; i < 152; ++i)
        old[i] = static_cast<std::uint8_t>(i + 1);
    const Bytes wide = widen_surface_entry(old, OpType::kConv, 0);
    for (std::size_t cube = 0; cube < 5; ++cube) {
        const std::size_t from = cube * 28;
        const std::size_t to = cube * 32;
        CHECK(std::equal(wide.begin() + static_cast<std::ptrdiff_t>(to),
                         wide.begin() + static_cast<std::ptrdiff_t>(to + 4),
                         old.begin() + static_cast<std::ptrdiff_t>(from)));
        CHECK(load_number<std::uint32_t>(wide, to + 4) == 0);
        CHECK(load_number<std::uint32_t>(wide, to + 8) ==
              load_number<std::uint32_t>(old, from + 4));
        CHECK(load_number<std::uint32_t>(wide, to + 28) ==
              load_number<std::uint32_t>(old, from + 24));
    }
    CHECK(load_number<std::int64_t>(wide, 160) == load_number<std::int64_t>(old, 140));
    CHECK(load_number<std::uint32_t>(wide, 168) == load_number<std::uint32_t>(old, 148));
}

TEST_CASE("a BDMA surface is the same in both generations") {
    Bytes old(kSurfaceBytes, 0);
    for (std::size_t i = 0; i < 36; ++i)
        old[i] = static_cast<std::uint8_t>(i + 1);
    CHECK(widen_surface_entry(old, OpType::kBdma, 1) == old);
}

TEST_CASE("widened regression loadables decode to the same layers") {
    for (const std::string& path : files_below("../shared/loadables", "_fbuf")) {
        INFO(path);
        const auto old = read_loadable_file(path);
        REQUIRE(old.has_value());
        const auto wide = widened(*old);
        REQUIRE(wide.has_value());
        CHECK(why_not(*wide) == "");
        for (std::size_t i = 0; i < old->tasks.size(); ++i) {
            if (old->tasks[i].interface != Interface::kDla) {
                CHECK(generation_of(*wide, i).value() == Generation::kA);
                continue;
            }
            CHECK(generation_of(*wide, i).value() == Generation::kB);
            // Encoding is always generation B, so both must give the same bytes.
            CHECK(encode(*decode_dla_task(*old, i)).surfaces ==
                  encode(*decode_dla_task(*wide, i)).surfaces);
        }
        const auto twice = widened(*wide);
        REQUIRE(twice.has_value());
        CHECK(write_loadable(*twice) == write_loadable(*wide));
    }
}
