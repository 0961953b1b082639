// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cbuf/cbuf.hpp"

#include <numeric>

#include "testing/catch.hpp"

namespace dla::cbuf {
namespace {

constexpr CbufGeometry kSmall{
    .banks = 4, .entries_per_bank = 4, .entry_bytes = 8, .flush_cycles = 0};

void put(DataRegion& data, unsigned entries, std::uint8_t value, std::uint64_t layer) {
    const auto place = data.open(entries);
    std::iota(place.begin(), place.end(), value);
    data.close(layer);
}

bool counts_up(std::span<const std::uint8_t> bytes, std::uint8_t value) {
    for (const std::uint8_t byte : bytes) {
        if (byte != value++) return false;
    }
    return true;
}

// Numbers that count up, wherever the region's end is.
void put(StreamRegion& stream, std::size_t count, std::uint8_t value) {
    while (count > 0) {
        const auto place = stream.room(count);
        std::iota(place.begin(), place.end(), value);
        value = static_cast<std::uint8_t>(value + place.size());
        count -= place.size();
        stream.append(place.size());
    }
}

}  // namespace

TEST_CASE("slices keep their content across the end of the data region") {
    Cbuf cbuf(kSmall);
    cbuf.set_layout({.data_banks = 2, .weight_banks = 1});
    DataRegion& data = cbuf.data();
    REQUIRE(data.capacity() == 8);
    put(data, 3, 10, 1);
    put(data, 3, 50, 1);
    CHECK(data.free_entries() == 2);
    data.release(1);
    put(data, 3, 90, 1);
    CHECK(data.free_entries() == 2);
    REQUIRE(data.slices() == 2);
    CHECK(data.slice(0).size() == 24);
    CHECK(counts_up(data.slice(0), 50));
    CHECK(counts_up(data.slice(1), 90));
}

TEST_CASE("lines that a layer leaves behind come first in a layer that reuses them") {
    Cbuf cbuf(kSmall);
    cbuf.set_layout({.data_banks = 2, .weight_banks = 1});
    DataRegion& data = cbuf.data();
    for (unsigned line = 0; line < 4; ++line)
        put(data, 1, static_cast<std::uint8_t>(line), 1);
    data.release(2);
    put(data, 1, 40, 2);
    REQUIRE(data.slices() == 3);
    CHECK(counts_up(data.slice(0), 2));
    CHECK(counts_up(data.slice(2), 40));
}

TEST_CASE("a layer without reuse drops what earlier layers left") {
    Cbuf cbuf(kSmall);
    cbuf.set_layout({.data_banks = 2, .weight_banks = 1});
    DataRegion& data = cbuf.data();
    put(data, 2, 1, 1);
    put(data, 2, 2, 1);
    put(data, 2, 3, 2);
    data.release_before(2);
    REQUIRE(data.slices() == 1);
    CHECK(counts_up(data.slice(0), 3));
    CHECK(data.free_entries() == 6);
}

TEST_CASE("weights are a stream that runs around its banks and stays until released") {
    Cbuf cbuf(kSmall);
    cbuf.set_layout({.data_banks = 1, .weight_banks = 1});
    StreamRegion& weights = cbuf.weights();
    REQUIRE(weights.capacity() == 32);
    put(weights, 24, 0);
    CHECK(counts_up(weights.view(4, 20), 4));
    weights.release(20);
    put(weights, 20, 24);
    CHECK(weights.available() == 24);
    CHECK(counts_up(weights.view(0, 24), 20));
    CHECK(counts_up(weights.view(10, 14), 30));
    CHECK(weights.room(100).size() == 8);
    put(weights, 8, 44);
    CHECK(weights.room(100).empty());
}

TEST_CASE("a new bank split empties both regions and keeps them apart") {
    Cbuf cbuf(kSmall);
    cbuf.set_layout({.data_banks = 1, .weight_banks = 3});
    put(cbuf.data(), 4, 7, 1);
    put(cbuf.weights(), 96, 100);
    CHECK(counts_up(cbuf.data().slice(0), 7));
    cbuf.set_layout({.data_banks = 2, .weight_banks = 2});
    CHECK(cbuf.data().slices() == 0);
    CHECK(cbuf.data().free_entries() == 8);
    CHECK(cbuf.weights().available() == 0);
}

}  // namespace dla::cbuf
