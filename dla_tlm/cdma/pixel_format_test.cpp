// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/pixel_format.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "testing/catch.hpp"

namespace dla::cdma {
namespace {

std::vector<unsigned> unpacked(unsigned code, const std::vector<std::uint8_t>& plane0,
                               const std::vector<std::uint8_t>& plane1, unsigned pixels) {
    const PixelFormat& format = *find_pixel_format(code);
    std::vector<std::uint8_t> elements(pixels * format.channels * format.element_bytes());
    // What lies behind the line stays as it was.
    const std::size_t bytes = elements.size();
    elements.resize(bytes + 64, 0xee);
    unpack_line(format, plane0, plane1, pixels, std::span(elements).first(bytes));
    CHECK(std::all_of(elements.begin() + static_cast<std::ptrdiff_t>(bytes), elements.end(),
                      [](std::uint8_t byte) { return byte == 0xee; }));
    elements.resize(bytes);
    std::vector<unsigned> values;
    for (std::size_t i = 0; i < elements.size(); i += format.element_bytes()) {
        unsigned value = 0;
        std::memcpy(&value, &elements[i], format.element_bytes());
        values.push_back(value);
    }
    return values;
}

using Values = std::vector<unsigned>;

}  // namespace

TEST_CASE("byte formats deliver red, green, blue, alpha in this order") {
    const std::vector<std::uint8_t> memory{10, 11, 12, 13};
    for (const unsigned code : {12u, 16u})
        CHECK(unpacked(code, memory, {}, 1) == Values{10, 11, 12, 13});
    for (const unsigned code : {13u, 17u, 26u})
        CHECK(unpacked(code, memory, {}, 1) == Values{12, 11, 10, 13});
    for (const unsigned code : {14u, 18u, 27u})
        CHECK(unpacked(code, memory, {}, 1) == Values{11, 12, 13, 10});
    for (const unsigned code : {15u, 19u})
        CHECK(unpacked(code, memory, {}, 1) == Values{13, 12, 11, 10});
}

TEST_CASE("sixteen-bit formats move whole words") {
    const std::vector<std::uint8_t> memory{1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(unpacked(6, memory, {}, 1) == Values{0x0201, 0x0403, 0x0605, 0x0807});
    CHECK(unpacked(9, memory, {}, 1) == Values{0x0605, 0x0403, 0x0201, 0x0807});
    CHECK(unpacked(10, memory, {}, 1) == Values{0x0403, 0x0605, 0x0807, 0x0201});
    CHECK(unpacked(3, memory, {}, 4) == Values{0x0201, 0x0403, 0x0605, 0x0807});
}

TEST_CASE("ten-bit components end up at the top of sixteen bits") {
    // Components from the least significant: 1, 2, 3 of ten bits, 1 of two bits.
    const std::uint32_t ten_first = 1u | 2u << 10 | 3u << 20 | 1u << 30;
    std::vector<std::uint8_t> memory(4);
    std::memcpy(memory.data(), &ten_first, 4);
    CHECK(unpacked(20, memory, {}, 1) == Values{1u << 6, 2u << 6, 3u << 6, 1u << 14});
    CHECK(unpacked(21, memory, {}, 1) == Values{3u << 6, 2u << 6, 1u << 6, 1u << 14});
    CHECK(unpacked(24, memory, {}, 1) == Values{3u << 6, 2u << 6, 1u << 6, 1u << 14});
    const std::uint32_t two_first = 2u | 5u << 2 | 6u << 12 | 7u << 22;
    std::memcpy(memory.data(), &two_first, 4);
    CHECK(unpacked(22, memory, {}, 1) == Values{5u << 6, 6u << 6, 7u << 6, 2u << 14});
    CHECK(unpacked(23, memory, {}, 1) == Values{7u << 6, 6u << 6, 5u << 6, 2u << 14});
    CHECK(unpacked(25, memory, {}, 1) == Values{5u << 6, 6u << 6, 7u << 6, 2u << 14});
    memory.resize(8);
    std::memcpy(&memory[4], &ten_first, 4);
    CHECK(unpacked(22, memory, {}, 2) == Values{5u << 6, 6u << 6, 7u << 6, 2u << 14,  //
                                                512u << 6, 768u << 6, 256u << 6, 1u << 14});
}

TEST_CASE("semi-planar formats deliver luma and then U and V, whichever lies first") {
    const std::vector<std::uint8_t> luma{100, 101};
    const std::vector<std::uint8_t> chroma{20, 30, 21, 31};
    CHECK(unpacked(28, luma, chroma, 2) == Values{100, 30, 20, 101, 31, 21});
    CHECK(unpacked(29, luma, chroma, 2) == Values{100, 20, 30, 101, 21, 31});
    CHECK(unpacked(34, luma, chroma, 1) == Values{0x6564, 0x1f15, 0x1e14});
}

TEST_CASE("int8 builds accept the formats of their capability masks") {
    const HardwareConfig small = *builtin_config("nv_small");
    const HardwareConfig full = *builtin_config("nv_full");
    CHECK(accepts_pixel_format(0, small));
    CHECK_FALSE(accepts_pixel_format(1, small));
    CHECK_FALSE(accepts_pixel_format(24, small));
    CHECK(accepts_pixel_format(29, small));
    CHECK_FALSE(accepts_pixel_format(30, small));
    CHECK(accepts_pixel_format(35, full));
    CHECK_FALSE(accepts_pixel_format(36, full));
    CHECK(find_pixel_format(35) != nullptr);
    CHECK(find_pixel_format(36) == nullptr);
}

}  // namespace dla::cdma
