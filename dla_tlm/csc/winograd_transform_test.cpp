// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/winograd_transform.hpp"

#include <array>
#include <cstring>
#include <random>

#include "testing/catch.hpp"

namespace dla::csc {
namespace {

using Tile = std::array<int, 16>;

// B' d B of one channel.
Tile transformed(const Tile& d) {
    constexpr int kB[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
    Tile result{};
    for (unsigned i = 0; i < 16; ++i)
        for (unsigned j = 0; j < 16; ++j)
            result[i] += kB[i / 4][j / 4] * kB[i % 4][j % 4] * d[j];
    return result;
}

// An integer of at most 11 bits.
std::uint16_t fp16(int value) {
    if (value == 0) return 0;
    unsigned magnitude = static_cast<unsigned>(std::abs(value));
    unsigned exponent = 25;
    for (; magnitude < 0x400; --exponent)
        magnitude *= 2;
    return static_cast<std::uint16_t>((value < 0 ? 0x8000 : 0) | exponent << 10 |
                                      (magnitude & 0x3ff));
}

}  // namespace

TEST_CASE("fp16 tiles of small integers are transformed as by the matrices") {
    std::mt19937 random(1);
    for (unsigned round = 0; round < 200; ++round) {
        std::array<Tile, 4> channels;
        std::array<std::uint16_t, 64> elements;
        for (unsigned i = 0; i < 64; ++i) {
            channels[i % 4][i / 4] = static_cast<int>(random() % 1001) - 500;
            elements[i] = fp16(channels[i % 4][i / 4]);
        }
        std::array<std::uint8_t, kWinogradTileBytes> bytes;
        std::memcpy(bytes.data(), elements.data(), sizeof bytes);
        winograd_transform(Precision::kFp16, 0, bytes, bytes);
        std::memcpy(elements.data(), bytes.data(), sizeof bytes);
        for (unsigned c = 0; c < 4; ++c) {
            const Tile expected = transformed(channels[c]);
            for (unsigned i = 0; i < 16; ++i)
                // A zero has either sign.
                CHECK((elements[4 * i + c] & (expected[i] == 0 ? 0x7fff : 0xffff)) ==
                      fp16(expected[i]));
        }
    }
}

}  // namespace dla::csc
