// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/data_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "testing/catch.hpp"
#include "testing/resident.hpp"
#include "trace-tests/test_folder.hpp"

namespace dla::trace {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Decoded {
    Result<std::uint64_t> extent;
    Bytes bytes;
};

Decoded decode(std::string_view text, Dialect dialect, std::uint64_t limit = kMaxRegionBytes) {
    Bytes bytes;
    auto extent = decode_data(PassingText(text), "x.dat", dialect, limit,
                              [&](std::uint64_t offset, std::span<const std::uint8_t> piece) {
                                  const auto begin = static_cast<std::size_t>(offset);
                                  bytes.resize(std::max(bytes.size(), begin + piece.size()), 0xee);
                                  std::ranges::copy(
                                      piece, bytes.begin() + static_cast<std::ptrdiff_t>(begin));
                              });
    return {std::move(extent), std::move(bytes)};
}

std::string error_of(std::string_view text, Dialect dialect) {
    const Decoded decoded = decode(text, dialect);
    REQUIRE_FALSE(decoded.extent);
    return decoded.extent.error().message;
}

Bytes random_bytes(std::size_t size) {
    std::mt19937 random(1);
    Bytes bytes(size);
    for (auto& byte : bytes)
        byte = static_cast<std::uint8_t>(random());
    return bytes;
}

std::string hex_lines(int lines) {
    std::string text;
    for (int i = 0; i < 32 * lines; ++i)
        text += i % 32 == 31 ? "0x5a\n" : "0x5a ";
    return text;
}

}  // namespace

TEST_CASE("hex data skips every line that does not begin with 0x") {
    const auto decoded =
        decode("W = 0x8\n=====\n\n " + hex_lines(1) + "dump done\n 0x01 0x02\n\n", Dialect::kTxn);
    REQUIRE(decoded.extent);
    CHECK(*decoded.extent == 34);
    CHECK(decoded.bytes[31] == 0x5a);
    CHECK(decoded.bytes[33] == 0x02);
}

TEST_CASE("hex data stops at the size that was asked for") {
    const auto decoded = decode(hex_lines(3), Dialect::kTxn, 40);
    CHECK(*decoded.extent == 40);
    CHECK(decoded.bytes.size() == 40);
}

TEST_CASE("damaged hex data is reported with line and column") {
    CHECK(error_of("H\n0x01 0x0g\n", Dialect::kTxn).find("x.dat:2:6: found '0x0g'") == 0);
    CHECK(error_of("0x01 0x1", Dialect::kTxn).find("x.dat:1:6: found '0x1'") == 0);
    CHECK(error_of("0x01 0x123\n", Dialect::kTxn).find("two hexadecimal digits") !=
          std::string::npos);
    CHECK(error_of("0x01 0x02\n" + hex_lines(1), Dialect::kTxn) ==
          "x.dat:1:1: fewer than 32 bytes, legal only on the last data line");
    std::string long_line = hex_lines(1);
    long_line.back() = ' ';
    CHECK(error_of(long_line + "0x01\n", Dialect::kTxn).find("more than 32 bytes") !=
          std::string::npos);
}

TEST_CASE("records accept braces, comments and three ways to write numbers") {
    const auto decoded = decode(
        "# comment\n{\n{offset:0x2, size:4, payload:0x01 010 10},\n"
        "{offset:8, size:2, payload:0xff\n 0xfe} ,\n}\n",
        Dialect::kCfg);
    REQUIRE(decoded.extent);
    CHECK(*decoded.extent == 10);
    const Bytes expected = {0xee, 0xee, 1, 8, 10, 0, 0xee, 0xee, 0xff, 0xfe};
    CHECK(decoded.bytes == expected);
    CHECK(*decode("{offset:0, size:1, payload:1}", Dialect::kCfg).extent == 1);
    CHECK(*decode("{}", Dialect::kCfg).extent == 0);
}

TEST_CASE("damaged records are reported with line and column") {
    CHECK(error_of("{\n{offset:0x0, size:4, payload:0x01", Dialect::kCfg) ==
          "x.dat:2:34: found the end of the file, expected a payload byte, a number (0x "
          "hexadecimal, leading 0 octal, else decimal)");
    CHECK(error_of("{\n{offset:0x0, size:1, payload:0x01},\n", Dialect::kCfg)
              .find("the file ends early") != std::string::npos);
    CHECK(
        error_of("{offset:0, size:1, payload:1 2}", Dialect::kCfg).find("after 1 payload bytes") !=
        std::string::npos);
    CHECK(error_of("{offset:0, size:1, payload:0x100}", Dialect::kCfg).find("0 to 0xff") !=
          std::string::npos);
    CHECK(error_of("{offset:0xffffffff, size:1, payload:1}", Dialect::kCfg)
              .find("offset + size of at most") != std::string::npos);
    CHECK(error_of("{ofset:0, size:1, payload:1}", Dialect::kCfg).find("'offset:'") !=
          std::string::npos);
    CHECK(error_of("garbage", Dialect::kCfg).find("a record") != std::string::npos);
    CHECK(error_of("{offset:08, size:1, payload:1}", Dialect::kCfg).find("the offset") !=
          std::string::npos);
}

TEST_CASE("what the data writers write, the readers read back") {
    const TestFolder folder;
    const Bytes bytes = random_bytes(1000);
    for (const Dialect dialect : {Dialect::kTxn, Dialect::kCfg}) {
        const std::string path = folder.path() + "/out.dat";
        REQUIRE((dialect == Dialect::kTxn ? write_hex_data(path, "W=0x1\n", bytes)
                                          : write_record_data(path, bytes)));
        const Decoded decoded = decode(read_text(path), dialect);
        CHECK(*decoded.extent == 1000);
        CHECK(decoded.bytes == bytes);
    }
    CHECK_FALSE(write_hex_data(folder.path() + "/no/such/folder.dat", "", bytes));
}

TEST_CASE("the checksum is the CRC-32 of zlib") {
    const std::string digits = "123456789";
    const Bytes nine(digits.begin(), digits.end());
    CHECK(crc32(nine) == 0xCBF43926);
    CHECK(crc32(Bytes(4, 0)) == 0x2144DF1C);
    const Bytes bytes = random_bytes(101);
    const std::span<const std::uint8_t> all = bytes;
    CHECK(crc32(all.subspan(13), crc32(all.first(13))) == crc32(all));
}

TEST_CASE("tens of megabytes of data text are read whole") {
    const TestFolder folder;
    const Bytes bytes = random_bytes(6'000'000);  // 30 MB of text
    for (const Dialect dialect : {Dialect::kTxn, Dialect::kCfg}) {
        const std::string path = folder.path() + "/big.dat";
        REQUIRE((dialect == Dialect::kTxn ? write_hex_data(path, "", bytes)
                                          : write_record_data(path, bytes)));
        std::uint64_t seen = 0;
        REQUIRE(
            read_data(path, dialect, kMaxRegionBytes,
                      [&](std::uint64_t, std::span<const std::uint8_t> b) { seen += b.size(); }));
        CHECK(seen == bytes.size());
    }
}

// 2 GiB of file, most of it holes: an unending line, or comment, of zeros between data.
TEST_CASE("a data file of 2 GiB is read without being held in memory") {
    constexpr std::uint64_t kFileBytes = std::uint64_t{2} << 30;
    constexpr std::uint64_t kStep = std::uint64_t{256} << 20;
    constexpr std::size_t kPieceBytes = 1 << 20;
    const TestFolder folder;
    const Bytes data = random_bytes(kPieceBytes);
    for (const Dialect dialect : {Dialect::kTxn, Dialect::kCfg}) {
        const bool hex = dialect == Dialect::kTxn;
        const std::string piece = folder.path() + "/piece.dat";
        REQUIRE((hex ? write_hex_data(piece, "", data) : write_record_data(piece, data)));
        std::string text = read_text(piece);
        if (!hex) text = text.substr(2, text.size() - 4);  // records without their outer braces
        const std::string path = folder.path() + "/big.dat";
        std::ofstream file(path, std::ios::binary);
        for (std::uint64_t at = 0; at < kFileBytes; at += kStep) {
            file.seekp(static_cast<std::streamoff>(at));
            file << "\n" << text << "#";
        }
        file.close();
        std::filesystem::resize_file(path, kFileBytes);

        const long before = testing::resident_kib();
        long most = before;
        std::uint64_t seen = 0;
        std::uint32_t crc = 0;
        const auto extent = read_data(path, dialect, kMaxRegionBytes,
                                      [&](std::uint64_t, std::span<const std::uint8_t> bytes) {
                                          seen += bytes.size();
                                          crc = crc32(bytes, crc);
                                          most = std::max(most, testing::resident_kib());
                                      });
        INFO((extent ? "" : extent.error().message));
        REQUIRE(extent);
        CHECK(seen == kFileBytes / kStep * kPieceBytes);
        std::uint32_t expected = 0;
        for (std::uint64_t at = 0; at < kFileBytes; at += kStep)
            expected = crc32(data, expected);
        CHECK(crc == expected);
        CHECK(most - before < 32 * 1024 + testing::kSanitizerKeepsKib);
    }
}

// Behind what has been given back, a message still counts lines from the beginning.
TEST_CASE("a mistake far behind in a data file is named with its line") {
    const std::string hex = hex_lines(20'000);  // 3.2 MB
    CHECK(error_of(hex + "0x0g\n", Dialect::kTxn).starts_with("x.dat:20001:1: "));
    std::string records;
    for (int i = 0; i < 60'000; ++i)
        records += "{offset:0x0, size:1, payload:0x00}\n";
    CHECK(error_of(records + "{offset:?", Dialect::kCfg).starts_with("x.dat:60001:9: "));
}

}  // namespace dla::trace
