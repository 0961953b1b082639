// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/state_visitor.hpp"

#include <array>
#include <deque>

#include "testing/catch.hpp"

namespace dla {
namespace {

enum class Colour : std::uint8_t { kRed, kBlue };

struct Thing {
    std::int16_t number = 0;
    double time = 0;
    Colour colour = Colour::kRed;
    std::array<bool, 2> flags{};
    std::deque<std::uint32_t> queue{};
    std::string word{};
    std::vector<std::uint8_t> storage = std::vector<std::uint8_t>(3);

    void visit_state(StateVisitor& state) {
        state.value("number", number);
        state.value("time", time);
        state.value("colour", colour);
        state.values("flags", std::span<bool>(flags));
        state.numbers("queue", queue);
        state.numbers("word", word);
        state.bytes("storage", storage);
    }
    bool operator==(const Thing&) const = default;
};

const Thing kThing{-5, -0.25, Colour::kBlue, {false, true}, {7, 0xffffffff}, "\xe4x", {1, 2, 3}};

std::vector<StateItem> items_of(Thing thing) {
    StateSaver saver;
    thing.visit_state(saver);
    return saver.items();
}

std::string load(Thing& thing, const std::vector<StateItem>& items) {
    StateLoader loader(items);
    thing.visit_state(loader);
    return loader.error();
}

}  // namespace

TEST_CASE("every kind of value comes back") {
    Thing other;
    CHECK(load(other, items_of(kThing)).empty());
    CHECK(other == kThing);
}

TEST_CASE("what does not fit is named") {
    Thing other;
    auto items = items_of(kThing);
    items[0].name = "figure";
    CHECK(load(other, items) == "number is expected, the state has figure");
    CHECK(other == Thing{});
    items = items_of(kThing);
    items[3].words.push_back(1);
    CHECK(load(other, items) == "flags has 3 values, legal is 2");
    items = items_of(kThing);
    items.pop_back();
    CHECK(load(other, items) == "storage is expected, the state has nothing more");
    items = items_of(kThing);
    items.push_back({.name = "more"});
    CHECK(load(other, items) == "more is not known here");
}

}  // namespace dla
