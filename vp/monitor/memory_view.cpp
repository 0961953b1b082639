// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/memory_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cctype>
#include <optional>

#include "vp/monitor/operation_words.hpp"
#include "vp/monitor/parse.hpp"

namespace dla::vp::monitor {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kMostBytes = 16 << 20;
constexpr std::uint64_t kMostElements = 1 << 16;
constexpr std::uint64_t kAddressEnd = ~std::uint64_t{0};

std::string hex_dump(std::span<const std::uint8_t> bytes, std::uint64_t address) {
    constexpr std::size_t kLine = 16;
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += kLine) {
        const auto line = bytes.subspan(at, std::min(kLine, bytes.size() - at));
        std::string numbers;
        std::string letters;
        for (const std::uint8_t byte : line) {
            numbers += fmt::format(" {:02x}", byte);
            letters += std::isprint(byte) != 0 ? static_cast<char>(byte) : '.';
        }
        text += fmt::format("{:010x} {:<48}  {}\n", address + at, numbers, letters);
    }
    return text;
}

std::string hex_string(std::span<const std::uint8_t> bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes)
        text += fmt::format("{:02x}", byte);
    return text;
}

Reply dump_of(std::span<const std::uint8_t> bytes, std::uint64_t address) {
    return {hex_dump(bytes, address),
            json::object{{"address", address}, {"size", bytes.size()}, {"hex", hex_string(bytes)}}};
}

// Takes the word out of the list and tells whether it was there.
bool take_word(std::vector<std::string>& words, std::string_view word) {
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) return false;
    words.erase(found);
    return true;
}

// Takes KEY=NUMBER out of the list.
Result<std::optional<std::uint64_t>> take_value(std::vector<std::string>& words,
                                                const std::string& key) {
    const auto found = std::ranges::find_if(
        words, [&](const std::string& word) { return word.starts_with(key + "="); });
    if (found == words.end()) return std::optional<std::uint64_t>{};
    const std::string text = found->substr(key.size() + 1);
    words.erase(found);
    const auto number = parse_number(text, key, 1, 0xffffffff);
    if (!number) return tl::unexpected(number.error());
    return std::optional<std::uint64_t>{*number};
}

Result<ChannelRange> take_channels(std::vector<std::string>& words, unsigned channels) {
    const auto found = std::ranges::find_if(
        words, [](const std::string& word) { return word.starts_with("channels="); });
    if (found == words.end()) return ChannelRange{};
    const std::string text = found->substr(std::string("channels=").size());
    words.erase(found);
    const std::size_t dots = text.find("..");
    const auto first = parse_number(text.substr(0, dots), "channels", 0, channels - 1);
    if (!first) return tl::unexpected(first.error());
    if (dots == std::string::npos) return ChannelRange{static_cast<unsigned>(*first), 1};
    const auto last = parse_number(text.substr(dots + 2), "channels", *first, channels - 1);
    if (!last) return tl::unexpected(last.error());
    return ChannelRange{static_cast<unsigned>(*first), static_cast<unsigned>(*last - *first + 1)};
}

Result<Precision> parse_precision(const std::string& word) {
    if (word == "int8") return Precision::kInt8;
    if (word == "int16") return Precision::kInt16;
    if (word == "fp16") return Precision::kFp16;
    return fail(fmt::format("PRECISION is '{}', legal is int8, int16 or fp16", word));
}

Result<void> parse_size(const std::string& word, CubeInMemory& cube) {
    constexpr unsigned kMost = 8192;
    const std::size_t first = word.find('x');
    const std::size_t second = word.find('x', first + 1);
    if (first == std::string::npos || second == std::string::npos)
        return fail(fmt::format("the cube's size is '{}', legal is WIDTHxHEIGHTxCHANNELS", word));
    const std::string parts[] = {word.substr(0, first), word.substr(first + 1, second - first - 1),
                                 word.substr(second + 1)};
    unsigned* const members[] = {&cube.width, &cube.height, &cube.channels};
    const char* const names[] = {"WIDTH", "HEIGHT", "CHANNELS"};
    for (unsigned i = 0; i < 3; ++i) {
        const auto number = parse_number(parts[i], names[i], 1, kMost);
        if (!number) return tl::unexpected(number.error());
        *members[i] = static_cast<unsigned>(*number);
    }
    return {};
}

// ADDRESS WIDTHxHEIGHTxCHANNELS PRECISION [line=BYTES] [surface=BYTES] [second]
Result<CubeInMemory> cube_of_words(Dla& dla, std::vector<std::string>& words) {
    CubeInMemory cube;
    cube.atom_bytes = dla.config().memory_atom_bytes;
    if (take_word(words, "second")) cube.ram = Ram::kSecondary;
    const auto line = take_value(words, "line");
    const auto surface = take_value(words, "surface");
    if (!line) return tl::unexpected(line.error());
    if (!surface) return tl::unexpected(surface.error());
    if (words.size() != 3)
        return fail(
            "mem cube takes an address, a size and a precision, such as "
            "mem cube 0xc0000000 8x8x16 int8 [line=BYTES] [surface=BYTES] [second] "
            "[channels=A..B]; or a unit: mem cube SDP dst [GROUP]");
    const auto address = parse_number(words[0], "ADDRESS", 0, kAddressEnd);
    if (!address) return tl::unexpected(address.error());
    if (auto size = parse_size(words[1], cube); !size) return tl::unexpected(size.error());
    const auto precision = parse_precision(words[2]);
    if (!precision) return tl::unexpected(precision.error());
    cube.base = *address;
    cube.precision = *precision;
    cube.line_stride = line->value_or(std::uint64_t{cube.width} * cube.atom_bytes);
    cube.surface_stride = surface->value_or(cube.line_stride * cube.height);
    return cube;
}

// UNIT src|dst [GROUP]; without a group the one that runs, or ran last.
Result<CubeInMemory> cube_of_unit_words(Dla& dla, const std::vector<std::string>& words) {
    const auto unit = parse_unit(dla, words[0]);
    if (!unit) return tl::unexpected(unit.error());
    if (words.size() < 2 || words.size() > 3 || (words[1] != "src" && words[1] != "dst"))
        return fail(
            "mem cube of a unit takes src or dst and perhaps a group: "
            "mem cube SDP dst [GROUP]");
    const RegisterFile& registers = (*unit)->registers();
    unsigned group =
        registers.enabled(registers.consumer()) ? registers.consumer() : registers.consumer() ^ 1u;
    if (words.size() == 3) {
        const auto number = parse_number(words[2], "GROUP", 0, 1);
        if (!number) return tl::unexpected(number.error());
        group = static_cast<unsigned>(*number);
    }
    return cube_of_unit(dla, **unit, words[1] == "src", group);
}

Result<Reply> show_cube(Dla& dla, Words given) {
    std::vector<std::string> words(given.begin(), given.end());
    const bool named = !words.empty() && std::isalpha(static_cast<unsigned char>(words[0][0])) != 0;
    // The channel range comes last, when the cube is known; it stands aside until then.
    std::vector<std::string> range_words;
    std::erase_if(words, [&](const std::string& word) {
        if (!word.starts_with("channels=")) return false;
        range_words.push_back(word);
        return true;
    });
    const auto cube = named ? cube_of_unit_words(dla, words) : cube_of_words(dla, words);
    if (!cube) return tl::unexpected(cube.error());
    const auto range = take_channels(range_words, cube->channels);
    if (!range) return tl::unexpected(range.error());
    const std::uint64_t shown = std::uint64_t{cube->width} * cube->height *
                                (range->count == 0 ? cube->channels : range->count);
    if (shown > kMostElements)
        return fail(
            fmt::format("the cube has {} elements, at most {} are shown at once; choose "
                        "some with channels=A..B",
                        shown, kMostElements));
    const auto bytes = read_memory(dla, cube->ram, cube->base, cube->bytes());
    if (!bytes) return tl::unexpected(bytes.error());
    return cube_picture(*cube, *bytes, *range);
}

}  // namespace

Result<std::vector<std::uint8_t>> read_memory(Dla& dla, Ram ram, std::uint64_t address,
                                              std::uint64_t size) {
    if (ram == Ram::kSecondary && !dla.config().features.second_memory)
        return fail(fmt::format("{} has no second memory", dla.config().name));
    if (size == 0 || size > kMostBytes)
        return fail(fmt::format("{} bytes are asked for, legal is 1 to {}", size, kMostBytes));
    std::vector<std::uint8_t> bytes(size);
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(bytes.data());
    payload.set_data_length(static_cast<unsigned>(size));
    payload.set_streaming_width(static_cast<unsigned>(size));
    const unsigned got =
        ram == Ram::kPrimary ? dla.dbb->transport_dbg(payload) : dla.cvsram->transport_dbg(payload);
    if (got != size)
        return fail(fmt::format("{} bytes at {:#x} are not all memory", size, address));
    return bytes;
}

Result<Reply> show_memory(Dla& dla, Words words) {
    if (!words.empty() && words[0] == "cube") return show_cube(dla, words.subspan(1));
    std::vector<std::string> rest(words.begin(), words.end());
    const Ram ram = take_word(rest, "second") ? Ram::kSecondary : Ram::kPrimary;
    if (rest.size() != 2)
        return fail(
            "mem takes an address and a number of bytes: mem ADDRESS SIZE [second]; or a "
            "cube: mem cube ...");
    const auto address = parse_number(rest[0], "ADDRESS", 0, kAddressEnd);
    if (!address) return tl::unexpected(address.error());
    const auto size = parse_number(rest[1], "SIZE", 1, kMostBytes);
    if (!size) return tl::unexpected(size.error());
    const auto bytes = read_memory(dla, ram, *address, *size);
    if (!bytes) return tl::unexpected(bytes.error());
    return dump_of(*bytes, *address);
}

Result<Reply> show_cbuf(Dla& dla, Words words) {
    const cbuf::Cbuf& cbuf = dla.conv_buffer();
    const CbufGeometry& geometry = cbuf.geometry();
    if (words.size() > 1) return fail("cbuf takes at most a bank: cbuf [BANK | all]");
    if (words.size() == 1) {
        const std::size_t bank_bytes =
            std::size_t{geometry.entries_per_bank} * geometry.entry_bytes;
        if (words[0] == "all") return dump_of(cbuf.content(), 0);
        const auto bank = parse_number(words[0], "BANK", 0, geometry.banks - 1);
        if (!bank) return tl::unexpected(bank.error());
        return dump_of(cbuf.content().subspan(*bank * bank_bytes, bank_bytes), *bank * bank_bytes);
    }
    const cbuf::Layout& layout = cbuf.layout();
    const bool used = layout.data_banks + layout.weight_banks != 0;
    std::string text = fmt::format("{} banks of {} entries of {} bytes\n", geometry.banks,
                                   geometry.entries_per_bank, geometry.entry_bytes);
    text += used ? fmt::format(
                       "data: {} banks, {} slices, {} of {} entries free\n"
                       "weights: {} banks, {} of {} bytes used; masks: {} bytes used\n",
                       layout.data_banks, cbuf.data().slices(), cbuf.data().free_entries(),
                       cbuf.data().capacity(), layout.weight_banks, cbuf.weights().available(),
                       cbuf.weights().capacity(), cbuf.masks().available())
                 : "no layer has used it yet\n";
    return Reply{std::move(text), json::object{{"banks", geometry.banks},
                                               {"entries_per_bank", geometry.entries_per_bank},
                                               {"entry_bytes", geometry.entry_bytes},
                                               {"data_banks", layout.data_banks},
                                               {"weight_banks", layout.weight_banks},
                                               {"slices", cbuf.data().slices()},
                                               {"weight_bytes", cbuf.weights().available()}}};
}

}  // namespace dla::vp::monitor
