// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/winograd_transform.hpp"

#include <array>
#include <cstring>

#include "dla_tlm/numerics/numerics.hpp"

namespace dla::csc {
namespace {

constexpr std::size_t kSide = 4;

struct IntegerMath {
    using Value = std::int32_t;
    static Value add(Value a, Value b) { return a + b; }
    static Value subtract(Value a, Value b) { return a - b; }
};

struct Fp17Math {
    using Value = std::uint32_t;
    static Value add(Value a, Value b) { return numerics::fp17_add(a, b); }
    static Value subtract(Value a, Value b) { return numerics::fp17_add(a, b ^ 0x10000U); }
};

// The transform of four values that lie `step` apart.
template <class Math>
void transform_four(typename Math::Value* d, std::size_t step) {
    const auto t0 = Math::subtract(d[0], d[2 * step]);
    const auto t1 = Math::add(d[step], d[2 * step]);
    const auto t2 = Math::subtract(d[2 * step], d[step]);
    const auto t3 = Math::subtract(d[step], d[3 * step]);
    d[0] = t0;
    d[step] = t1;
    d[2 * step] = t2;
    d[3 * step] = t3;
}

// Rows of the tile first, then its columns; Channels values per pixel.
template <class Math, std::size_t Channels>
void transform_tile(std::array<typename Math::Value, kSide * kSide * Channels>& tile) {
    for (std::size_t i = 0; i < kSide * Channels; ++i)
        transform_four<Math>(&tile[i], kSide * Channels);
    for (std::size_t y = 0; y < kSide; ++y) {
        for (std::size_t c = 0; c < Channels; ++c)
            transform_four<Math>(&tile[y * kSide * Channels + c], Channels);
    }
}

template <class Element>
void transform_integers(unsigned truncate, const std::uint8_t* src, std::uint8_t* dst) {
    constexpr std::size_t kElements = kWinogradTileBytes / sizeof(Element);
    std::array<Element, kElements> elements;
    std::memcpy(elements.data(), src, kWinogradTileBytes);
    std::array<std::int32_t, kElements> tile;
    for (std::size_t i = 0; i < kElements; ++i)
        tile[i] = elements[i];
    transform_tile<IntegerMath, kElements / (kSide * kSide)>(tile);
    for (std::size_t i = 0; i < kElements; ++i) {
        const std::int64_t rounded = numerics::round_shift_half_away(tile[i], truncate);
        elements[i] = static_cast<Element>(numerics::saturate<8 * sizeof(Element)>(rounded));
    }
    std::memcpy(dst, elements.data(), kWinogradTileBytes);
}

void transform_fp16(const std::uint8_t* src, std::uint8_t* dst) {
    constexpr std::size_t kElements = kWinogradTileBytes / sizeof(std::uint16_t);
    std::array<std::uint16_t, kElements> elements;
    std::memcpy(elements.data(), src, kWinogradTileBytes);
    std::array<std::uint32_t, kElements> tile;
    for (std::size_t i = 0; i < kElements; ++i)
        tile[i] = numerics::fp16_to_fp17(elements[i]);
    transform_tile<Fp17Math, kElements / (kSide * kSide)>(tile);
    for (std::size_t i = 0; i < kElements; ++i)
        elements[i] = static_cast<std::uint16_t>(numerics::fp17_to_fp16(tile[i]));
    std::memcpy(dst, elements.data(), kWinogradTileBytes);
}

}  // namespace

void winograd_transform(Precision precision, unsigned truncate,
                        std::span<const std::uint8_t, kWinogradTileBytes> src,
                        std::span<std::uint8_t, kWinogradTileBytes> dst) {
    switch (precision) {
        case Precision::kInt8:
            return transform_integers<std::int8_t>(truncate, src.data(), dst.data());
        case Precision::kInt16:
            return transform_integers<std::int16_t>(truncate, src.data(), dst.data());
        case Precision::kFp16:
            return transform_fp16(src.data(), dst.data());
    }
}

}  // namespace dla::csc
