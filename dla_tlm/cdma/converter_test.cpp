// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/converter.hpp"

#include <cstring>
#include <span>
#include <vector>

#include "testing/catch.hpp"

namespace dla::cdma {
namespace {

ConverterSettings settings(std::int32_t scale, unsigned truncate, Precision out) {
    ConverterSettings s;
    s.enabled = true;
    s.in = Precision::kInt16;
    s.out = out;
    s.scale = scale;
    s.truncate = truncate;
    return s;
}

std::vector<std::uint8_t> bytes_of(const std::vector<std::uint16_t>& words) {
    std::vector<std::uint8_t> bytes(2 * words.size());
    std::memcpy(bytes.data(), words.data(), bytes.size());
    return bytes;
}

}  // namespace

TEST_CASE("the converter subtracts, scales and rounds half away from zero") {
    const ConverterSettings three = settings(3, 1, Precision::kInt8);
    CHECK(convert_element(three, 200, 128) == 108);
    const ConverterSettings minus = settings(-1, 1, Precision::kInt8);
    CHECK(static_cast<std::int8_t>(convert_element(minus, 5, 0)) == -3);
    CHECK(convert_element(minus, -5, 0) == 3);
    CHECK(convert_element(settings(1, 0, Precision::kInt16), 7, -3) == 10);
}

TEST_CASE("the converter saturates to 17 bits and then to the processing precision") {
    CHECK(static_cast<std::int8_t>(
              convert_element(settings(32767, 0, Precision::kInt8), -32768, 32767)) == -128);
    CHECK(convert_element(settings(32767, 0, Precision::kInt16), 32767, 0) == 0x7fff);
    CHECK(convert_element(settings(1, 63, Precision::kInt16), 32767, -32768) == 0);
}

TEST_CASE("conversion to fp16 rounds to even and never gives infinity") {
    const ConverterSettings one = settings(1, 0, Precision::kFp16);
    CHECK(convert_element(one, 1, 0) == 0x3c00);
    CHECK(convert_element(one, -2, 0) == 0xc000);
    CHECK(convert_element(one, 2049, 0) == 0x6800);
    CHECK(convert_element(one, 2051, 0) == 0x6802);
    CHECK(convert_element(one, 65519, 0) == 0x7bff);
    CHECK(convert_element(one, 32767, -32768) == 0x7bff);
    CHECK(convert_element(one, -32768, 32767) == 0xfbff);
}

TEST_CASE("whole lines are converted with the offset of each channel and the sign asked for") {
    for (const bool is_unsigned : {false, true}) {
        for (const Precision out : {Precision::kInt8, Precision::kInt16, Precision::kFp16}) {
            ConverterSettings s = settings(77, 4, out);
            s.in = Precision::kInt8;
            s.unsigned_input = is_unsigned;
            s.offset = {0, -100, 128, 1000};
            const Converter converter(s);
            std::vector<std::uint8_t> raw(1023);
            for (std::size_t i = 0; i < raw.size(); ++i)
                raw[i] = static_cast<std::uint8_t>(i * 37);
            // Two more bytes show that nothing is written behind the line.
            std::vector<std::uint8_t> result(raw.size() * converter.out_bytes() + 2, 0xee);
            NonFinite counters;
            converter.run(raw, 3, std::span(result).first(result.size() - 2), counters);
            bool equal = result[result.size() - 2] == 0xee && result.back() == 0xee;
            for (std::size_t i = 0; i < raw.size(); ++i) {
                const int x = is_unsigned ? raw[i] : static_cast<std::int8_t>(raw[i]);
                std::uint16_t actual = 0;
                std::memcpy(&actual, &result[i * converter.out_bytes()], converter.out_bytes());
                equal = equal && actual == convert_element(s, x, s.offset[i % 3]);
            }
            CHECK(equal);
        }
    }
}

TEST_CASE("whole lines of 16-bit words are converted alike") {
    for (const bool is_unsigned : {false, true}) {
        for (const Precision out : {Precision::kInt8, Precision::kInt16, Precision::kFp16}) {
            ConverterSettings s = settings(77, 6, out);
            s.in = Precision::kInt16;
            s.unsigned_input = is_unsigned;
            s.offset = {0, -100, 128, 1000};
            const Converter converter(s);
            std::vector<std::uint16_t> raw(1023);
            for (std::size_t i = 0; i < raw.size(); ++i)
                raw[i] = static_cast<std::uint16_t>(i * 12345);
            // Two more bytes show that nothing is written behind the line.
            std::vector<std::uint8_t> result(raw.size() * converter.out_bytes() + 2, 0xee);
            NonFinite counters;
            converter.run(bytes_of(raw), 4, std::span(result).first(result.size() - 2), counters);
            bool equal = result[result.size() - 2] == 0xee && result.back() == 0xee;
            for (std::size_t i = 0; i < raw.size(); ++i) {
                const int x = is_unsigned ? raw[i] : static_cast<std::int16_t>(raw[i]);
                std::uint16_t actual = 0;
                std::memcpy(&actual, &result[i * converter.out_bytes()], converter.out_bytes());
                const std::uint16_t wanted = convert_element(s, x, s.offset[i % 4]);
                equal = equal && actual == (out == Precision::kInt8 ? wanted & 0xff : wanted);
            }
            CHECK(equal);
        }
    }
}

TEST_CASE("with the converter off integers pass as they are") {
    ConverterSettings s;
    s.offset.fill(5);
    const Converter converter(s);
    CHECK(converter.transparent());
    const std::vector<std::uint8_t> raw{1, 2, 250};
    std::vector<std::uint8_t> result(3);
    NonFinite counters;
    converter.run(raw, 1, result, counters);
    CHECK(result == raw);
}

TEST_CASE("integers of 16 bits pass a converter that is off, whatever it is set to") {
    ConverterSettings s = settings(3, 1, Precision::kInt16);
    s.enabled = false;
    const Converter converter(s);
    const auto raw = bytes_of({0x0102, 0xfffe, 0x8000});
    std::vector<std::uint8_t> result(raw.size());
    NonFinite counters;
    converter.run(raw, 1, result, counters);
    CHECK(result == raw);
}

TEST_CASE("only a converter that is off for integers leaves a line where it is") {
    ConverterSettings s = settings(3, 1, Precision::kInt16);
    CHECK_FALSE(Converter(s).transparent());
    s.in = Precision::kInt8;
    CHECK_FALSE(Converter(s).transparent());
    s.enabled = false;
    CHECK(Converter(s).transparent());
    s.in = s.out = Precision::kFp16;
    CHECK_FALSE(Converter(s).transparent());
}

TEST_CASE("the last element of a line is looked at as well") {
    for (const std::uint16_t last : {std::uint16_t{0x7c00}, std::uint16_t{0xfe00}}) {
        ConverterSettings s;
        s.in = s.out = Precision::kFp16;
        s.flush_nan = true;
        const auto raw = bytes_of({0x3c00, last});
        std::vector<std::uint8_t> result(raw.size());
        NonFinite counters;
        Converter(s).run(raw, 1, result, counters);
        CHECK(counters.infinite == (last == 0x7c00 ? 1 : 0));
        CHECK(counters.nan == (last == 0xfe00 ? 1 : 0));
        CHECK(result == (last == 0x7c00 ? raw : bytes_of({0x3c00, 0})));
    }
}

TEST_CASE("NaN and infinity are counted as fetched; only NaNs are flushed, and only if asked") {
    const auto raw = bytes_of({0x7c00, 0x7c01, 0xfe00, 0xfc00, 0x3c00, 0xffff, 0x8000});
    for (const bool flush : {false, true}) {
        ConverterSettings s;
        s.in = s.out = Precision::kFp16;
        s.flush_nan = flush;
        std::vector<std::uint8_t> result(raw.size());
        NonFinite counters;
        Converter(s).run(raw, 1, result, counters);
        CHECK(counters.nan == 3);
        CHECK(counters.infinite == 2);
        const auto expected = flush ? bytes_of({0x7c00, 0, 0, 0xfc00, 0x3c00, 0, 0x8000}) : raw;
        CHECK(result == expected);
    }
}

}  // namespace dla::cdma
