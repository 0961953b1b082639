// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cbuf/cbuf.hpp"

#include <algorithm>
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
    if (bytes.empty()) return false;
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
    put(data, 1, 4, 2);
    data.release_before(1);
    CHECK(data.slices() == 4);
    data.release_before(2);
    REQUIRE(data.slices() == 2);
    CHECK(counts_up(data.slice(0), 3));
    CHECK(data.free_entries() == 5);
    put(data, 1, 5, 3);
    data.release_before(3);  // two of one layer, then none of another
    REQUIRE(data.slices() == 1);
    put(data, 1, 6, 4);
    data.release_before(4);
    REQUIRE(data.slices() == 1);
    CHECK(counts_up(data.slice(0), 6));
}

TEST_CASE("slices of different sizes follow one another") {
    Cbuf cbuf(kSmall);
    cbuf.set_layout({.data_banks = 2, .weight_banks = 1});
    DataRegion& data = cbuf.data();
    put(data, 2, 10, 1);
    put(data, 5, 50, 1);
    CHECK(counts_up(data.slice(0), 10));
    CHECK(counts_up(data.slice(1), 50));
    CHECK(counts_up(cbuf.content().subspan(2 * kSmall.entry_bytes, 40), 50));
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

TEST_CASE("a stream takes, shows and gives back single bytes, and nothing where there is no bank") {
    Cbuf cbuf(kSmall);
    StreamRegion& weights = cbuf.weights();
    CHECK(weights.view(0, 0).empty());
    CHECK(weights.room(1).empty());
    weights.release(0);
    cbuf.set_layout({.data_banks = 1, .weight_banks = 1});
    REQUIRE(weights.room(1).size() == 1);
    put(weights, 2, 7);
    CHECK(weights.view(1, 0).empty());
    REQUIRE(weights.view(1, 1).size() == 1);
    CHECK(weights.view(1, 1)[0] == 8);
    weights.release(1);
    CHECK(weights.available() == 1);
    CHECK(weights.view(0, 1)[0] == 8);
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

TEST_CASE("a new bank split begins at the start of its banks; masks have the last one") {
    Cbuf cbuf(kSmall);
    REQUIRE(cbuf.content().size() == 128);
    cbuf.set_layout({.data_banks = 1, .weight_banks = 2});
    put(cbuf.data(), 1, 1, 1);
    put(cbuf.weights(), 5, 1);
    put(cbuf.masks(), 5, 1);
    cbuf.weights().release(5);
    cbuf.masks().release(5);
    cbuf.set_layout({.data_banks = 2, .weight_banks = 1});
    CHECK(cbuf.masks().capacity() == 32);
    put(cbuf.data(), 4, 10, 2);
    put(cbuf.weights(), 32, 70);
    put(cbuf.masks(), 32, 130);
    CHECK(counts_up(cbuf.content().first(32), 10));
    CHECK(counts_up(cbuf.content().subspan(64, 32), 70));
    CHECK(counts_up(cbuf.content().last(32), 130));
}

TEST_CASE("a flush leaves zeros and no layout") {
    Cbuf cbuf(kSmall);
    cbuf.set_layout({.data_banks = 2, .weight_banks = 1});
    put(cbuf.data(), 8, 1, 1);
    put(cbuf.weights(), 32, 1);
    put(cbuf.masks(), 32, 1);
    cbuf.flush();
    CHECK(std::ranges::all_of(cbuf.content(), [](std::uint8_t byte) { return byte == 0; }));
    CHECK(cbuf.layout() == Layout{});
    CHECK(cbuf.data().capacity() == 0);
    CHECK(cbuf.weights().capacity() == 0);
    CHECK(cbuf.masks().capacity() == 0);
}

TEST_CASE("a saved state restores slices, streams and the layout") {
    Cbuf saved(kSmall);
    saved.set_layout({.data_banks = 1, .weight_banks = 3});
    put(saved.data(), 2, 10, 5);
    put(saved.data(), 1, 40, 6);
    saved.data().release(1);
    put(saved.data(), 2, 70, 7);  // over the end of the region
    put(saved.data(), 1, 100, 8);
    put(saved.weights(), 90, 120);
    saved.weights().release(80);
    put(saved.weights(), 30, 210);
    StateSaver saver;
    saved.visit_state(saver);

    Cbuf restored(kSmall);
    restored.set_layout({.data_banks = 2, .weight_banks = 1});
    StateLoader loader(saver.items());
    restored.visit_state(loader);
    REQUIRE(loader.error().empty());
    for (Cbuf* cbuf : {&saved, &restored}) {
        CHECK(cbuf->layout() == Layout{.data_banks = 1, .weight_banks = 3});
        CHECK(cbuf->data().free_entries() == 0);
        REQUIRE(cbuf->data().slices() == 3);
        CHECK(cbuf->data().slice(1).size() == 16);
        CHECK(counts_up(cbuf->data().slice(0), 40));
        CHECK(counts_up(cbuf->data().slice(1), 70));
        CHECK(counts_up(cbuf->data().slice(2), 100));
        cbuf->data().release_before(7);
        CHECK(cbuf->data().slices() == 2);
        put(cbuf->data(), 1, 20, 9);
        CHECK(counts_up(cbuf->data().slice(1), 100));
        CHECK(counts_up(cbuf->data().slice(2), 20));
        CHECK(cbuf->weights().available() == 40);
        CHECK(counts_up(cbuf->weights().view(0, 40), 200));
    }
}

TEST_CASE("a state that does not fit the banks, and a torn list of slices, are not taken") {
    Cbuf cbuf(kSmall);
    cbuf.set_layout({.data_banks = 2, .weight_banks = 1});
    StateSaver saver;
    cbuf.visit_state(saver);
    std::vector<StateItem> items = saver.items();
    for (StateItem& item : items) {
        if (item.name == "CBUF data banks") item.words = {3};
        if (item.name == "CBUF weight banks") item.words = {2};
        if (item.name == "CBUF data slices") item.words = {1, 1};
    }
    StateLoader loader(items);
    cbuf.visit_state(loader);
    CHECK(cbuf.layout() == Layout{.data_banks = 2, .weight_banks = 1});
    CHECK(cbuf.data().slices() == 0);
}

}  // namespace dla::cbuf
