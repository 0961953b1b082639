// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/data_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <utility>

#include "dla_tlm/common/drop_link.hpp"
#include "dla_tlm/common/file_error.hpp"
#include "trace-tests/format/hex_data.hpp"
#include "trace-tests/format/mapped_file.hpp"
#include "trace-tests/format/record_data.hpp"
#include "trace-tests/format/scanner.hpp"

namespace dla::trace {
namespace {

constexpr std::string_view kHexToken = "0x00 ";

Result<void> close(std::ofstream& file, const std::string& path) {
    file.close();
    if (!file) return file_error(path, "cannot be written");
    return {};
}

// One token, five characters; returns the place behind it.
char* put_token(char* place, std::uint8_t byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    place = std::ranges::copy(kHexToken, place).out;
    place[-3] = kDigits[byte >> 4];
    place[-2] = kDigits[byte & 15];
    return place;
}

void append_byte(std::string& text, std::uint8_t byte) {
    std::array<char, kHexToken.size()> token{};
    put_token(token.data(), byte);
    text.append(token.data(), token.size() - 1);
}

}  // namespace

Result<void> write_text(const std::string& path, std::string_view text) {
    drop_link(path);
    errno = 0;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    return close(file, path);
}

Result<std::uint64_t> decode_data(PassingText text, std::string_view where, Dialect dialect,
                                  std::uint64_t limit, const DataSink& sink) {
    try {
        return dialect == Dialect::kTxn ? decode_hex(text, where, limit, sink)
                                        : decode_records(text, where, limit, sink);
    } catch (const SyntaxError& error) {
        return fail(error.message);
    }
}

Result<std::uint64_t> read_data(const std::string& path, Dialect dialect, std::uint64_t limit,
                                const DataSink& sink) {
    const auto file = MappedFile::open(path);
    if (!file) return fail(file.error().message);
    PassingText text(file->text(), [&](std::size_t bytes) { file->give_back(bytes); });
    return decode_data(std::move(text), path, dialect, limit, sink);
}

Result<void> write_hex_data(const std::string& path, std::string_view header,
                            std::span<const std::uint8_t> bytes) {
    // A block of lines at a time: the text of a network's weights is megabytes long.
    constexpr std::size_t kBlockBytes = 256 * kHexLineBytes;
    drop_link(path);
    errno = 0;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << header;
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += kBlockBytes) {
        const auto block = bytes.subspan(at, std::min(kBlockBytes, bytes.size() - at));
        text.resize(block.size() * kHexToken.size());
        char* place = text.data();
        for (const std::uint8_t byte : block)
            place = put_token(place, byte);
        for (std::size_t end = kHexLineBytes; end < block.size(); end += kHexLineBytes)
            text[end * kHexToken.size() - 1] = '\n';
        text.back() = '\n';
        file.write(text.data(), static_cast<std::streamsize>(text.size()));
    }
    return close(file, path);
}

Result<void> write_record_data(const std::string& path, std::span<const std::uint8_t> bytes) {
    constexpr std::size_t kRecordBytes = 32;
    std::string text = "{\n";
    text.reserve(bytes.size() * 7);
    for (std::size_t at = 0; at < bytes.size(); at += kRecordBytes) {
        const auto record = bytes.subspan(at, std::min(kRecordBytes, bytes.size() - at));
        text += fmt::format("{{offset:0x{:x}, size:{}, payload:", at, record.size());
        for (const std::uint8_t byte : record) {
            append_byte(text, byte);
            text += ' ';
        }
        text.back() = '}';
        text += ",\n";
    }
    return write_text(path, text + "}\n");
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t previous) {
    static constexpr auto kTable = [] {
        std::array<std::array<std::uint32_t, 256>, 8> table{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit)
                value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320u : 0u);
            table[0][i] = value;
        }
        for (std::size_t k = 1; k < 8; ++k)
            for (std::size_t i = 0; i < 256; ++i)
                table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xff];
        return table;
    }();
    std::uint32_t crc = ~previous;
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        std::uint32_t low = 0;
        std::uint32_t high = 0;
        std::memcpy(&low, &bytes[i], 4);
        std::memcpy(&high, &bytes[i + 4], 4);
        low ^= crc;
        crc = kTable[7][low & 0xff] ^ kTable[6][(low >> 8) & 0xff] ^ kTable[5][(low >> 16) & 0xff] ^
              kTable[4][low >> 24] ^ kTable[3][high & 0xff] ^ kTable[2][(high >> 8) & 0xff] ^
              kTable[1][(high >> 16) & 0xff] ^ kTable[0][high >> 24];
    }
    for (; i < bytes.size(); ++i)
        crc = (crc >> 8) ^ kTable[0][(crc ^ bytes[i]) & 0xff];
    return ~crc;
}

}  // namespace dla::trace
