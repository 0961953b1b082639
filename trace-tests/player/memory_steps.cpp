// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/player/memory_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "trace-tests/format/data_file.hpp"

namespace dla::trace {
namespace {

const char* name_of(Memory memory) {
    return memory == Memory::kPrimary ? "main memory" : "second memory";
}

// Any sequence will do as long as it is the same in every run.
std::uint8_t scrambled(std::uint64_t address) {
    std::uint64_t x = address + 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    return static_cast<std::uint8_t>((x ^ (x >> 27)) >> 56);
}

void apply(Pattern pattern, std::uint64_t address, std::span<std::uint8_t> bytes) {
    const auto constant = [&](std::uint8_t value) { std::ranges::fill(bytes, value); };
    switch (pattern) {
        case Pattern::kAllZero:
            return constant(0x00);
        case Pattern::kOnes:
            return constant(0xff);
        case Pattern::kAfive:
            return constant(0xa5);
        case Pattern::kFivea:
            return constant(0x5a);
        case Pattern::kAddress:
            for (std::size_t i = 0; i < bytes.size(); ++i)
                bytes[i] = static_cast<std::uint8_t>(address + i);
            return;
        case Pattern::kRandom:
        case Pattern::kUnknown:
            for (std::size_t i = 0; i < bytes.size(); ++i)
                bytes[i] = scrambled(address + i);
    }
}

}  // namespace

Result<std::span<std::uint8_t>> MemorySteps::region(const Region& where) {
    const auto bytes = bench_.bytes(where.memory, where.address, where.size);
    if (bytes.size() == where.size) return bytes;
    return fail(fmt::format("0x{:x} bytes at 0x{:x} are not inside the platform's {}", where.size,
                            where.address, name_of(where.memory)));
}

Result<void> MemorySteps::load(const LoadMemory& step) {
    if (step.size == 0) return {};
    const auto bytes = region({step.memory, step.address, step.size});
    if (!bytes) return fail(bytes.error().message);
    const auto copy = [&](std::uint64_t offset, std::span<const std::uint8_t> piece) {
        std::ranges::copy(piece, bytes->subspan(static_cast<std::size_t>(offset)).begin());
    };
    const auto extent = read_data(trace_.files[step.file].path, trace_.dialect, step.size, copy);
    if (!extent) return fail(extent.error().message);
    return {};
}

Result<void> MemorySteps::fill(const FillMemory& step) {
    if (step.size == 0) return {};
    const auto bytes = region({step.memory, step.address, step.size});
    if (!bytes) return fail(bytes.error().message);
    apply(step.pattern, step.address, *bytes);
    return {};
}

Result<void> MemorySteps::write(const WriteWord& step) {
    const Word128& word = trace_.words[step.data];
    const auto bytes = region({memory_of(step.address), step.address, word.size()});
    if (!bytes) return fail(bytes.error().message);
    for (std::size_t i = 0; i < word.size(); ++i)
        if ((step.byte_mask >> i & 1) != 0) (*bytes)[i] = word[i];
    return {};
}

Result<std::vector<std::uint8_t>> MemorySteps::golden(const DataFile& file,
                                                      std::uint64_t size) const {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    const auto copy = [&](std::uint64_t offset, std::span<const std::uint8_t> piece) {
        std::ranges::copy(piece, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    };
    const auto extent = read_data(file.path, trace_.dialect, size, copy);
    if (!extent) return fail(extent.error().message);
    return bytes;
}

Result<std::string> MemorySteps::compare(const CompareMemory& step) {
    const Region where{step.memory, step.address, step.size};
    const auto got = region(where);
    if (!got) return fail(got.error().message);
    const auto expected = golden(trace_.files[step.file], step.size);
    if (!expected) return fail(expected.error().message);
    if (const auto written = dump(step.address, *got); !written)
        return fail(written.error().message);
    if (std::ranges::equal(*got, *expected)) return "";
    return fmt::format("{}: {}", trace_.files[step.file].name,
                       first_difference(where, *expected, *got));
}

Result<std::string> MemorySteps::compare(const CheckCrc& step) {
    const auto got = region({step.memory, step.address, step.size});
    if (!got) return fail(got.error().message);
    if (const auto written = dump(step.address, *got); !written)
        return fail(written.error().message);
    const std::uint32_t crc = crc32(*got);
    if (crc == step.crc) return "";
    return fmt::format("check_crc of 0x{:x} bytes at 0x{:x}: expected 0x{:08x}, got 0x{:08x}{}",
                       step.size, step.address, step.crc, crc,
                       difference_from_checksum(step, *got));
}

Result<std::string> MemorySteps::compare(const ReadWord& step) {
    const Word128& mask = trace_.words[step.bit_mask];
    Word128 expected = trace_.words[step.expected];
    const Region where{memory_of(step.address), step.address, expected.size()};
    const auto got = region(where);
    if (!got) return fail(got.error().message);
    for (std::size_t i = 0; i < expected.size(); ++i)
        expected[i] = static_cast<std::uint8_t>((expected[i] & mask[i]) | ((*got)[i] & ~mask[i]));
    if (std::ranges::equal(*got, expected)) return "";
    return "read_mem: " + first_difference(where, expected, *got);
}

std::string MemorySteps::first_difference(const Region& where,
                                          std::span<const std::uint8_t> expected,
                                          std::span<const std::uint8_t> got) const {
    std::size_t first = got.size();
    std::size_t count = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (got[i] == expected[i]) continue;
        first = std::min(first, i);
        ++count;
    }
    const std::uint64_t address = where.address + first;
    const std::string place = layers_.describe(where.memory, address);
    return fmt::format(
        "{} of {} bytes differ, the first at 0x{:x} (offset 0x{:x}){}: expected 0x{:02x}, got "
        "0x{:02x}",
        count, got.size(), address, first, place.empty() ? "" : ", " + place, expected[first],
        got[first]);
}

// A checksum alone does not say where the difference is. If a data file of the trace holds the
// expected contents (its checksum is the expected one), the first difference can be named.
std::string MemorySteps::difference_from_checksum(const CheckCrc& step,
                                                  std::span<const std::uint8_t> got) const {
    std::error_code error;
    std::vector<std::string> candidates;
    for (const auto& entry : std::filesystem::directory_iterator(trace_.folder(), error))
        if (entry.path().extension() == ".dat") candidates.push_back(entry.path().string());
    std::ranges::sort(candidates);
    for (const std::string& path : candidates) {
        const auto expected = golden({"", path, 0}, step.size);
        if (!expected || crc32(*expected) != step.crc) continue;
        const Region where{step.memory, step.address, step.size};
        return fmt::format("; against {}: {}", std::filesystem::path(path).filename().string(),
                           first_difference(where, *expected, got));
    }
    return "";
}

Result<void> MemorySteps::dump(std::uint64_t address, std::span<const std::uint8_t> got) const {
    if (dump_folder_.empty()) return {};
    std::error_code error;
    std::filesystem::create_directories(dump_folder_, error);
    const std::string path =
        fmt::format("{}/memory_0x{:x}_0x{:x}.dat", dump_folder_, address, got.size());
    return trace_.dialect == Dialect::kTxn ? write_hex_data(path, "", got)
                                           : write_record_data(path, got);
}

}  // namespace dla::trace
