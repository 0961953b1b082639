// SPDX-License-Identifier: Apache-2.0
#include "vp/state/state_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "state_generated.h"
#include "trace-tests/format/data_file.hpp"
#include "vp/own_file.hpp"

namespace dla::vp {
namespace {

constexpr std::string_view kMagic = "DLASTATE";
// A FlatBuffer ends at 2 GiB.
constexpr std::uint64_t kMostMemoryBytes = 2'000'000'000;

struct Header {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t crc;
    std::uint64_t size;
};
static_assert(sizeof(Header) == 24);

flatbuffers::Offset<format::Section> pack(flatbuffers::FlatBufferBuilder& builder,
                                          const StateSection& section) {
    std::vector<flatbuffers::Offset<format::Item>> items;
    for (const StateItem& item : section.items)
        items.push_back(
            format::CreateItemDirect(builder, item.name.c_str(), &item.words, &item.bytes));
    return format::CreateSectionDirect(builder, section.name.c_str(), &items);
}

void pack(flatbuffers::FlatBufferBuilder& builder, const SavedState& state) {
    std::vector<flatbuffers::Offset<format::Section>> sections;
    for (const StateSection& section : state.sections)
        sections.push_back(pack(builder, section));
    std::vector<flatbuffers::Offset<format::Region>> regions;
    for (const StateRegion& region : state.regions)
        regions.push_back(format::CreateRegionDirect(builder, region.second_memory, region.address,
                                                     &region.bytes));
    format::FinishStateBuffer(builder, format::CreateStateDirect(builder, state.subject.c_str(),
                                                                 state.time, &sections, &regions));
}

std::string text(const flatbuffers::String* string) {
    return string == nullptr ? "" : string->str();
}

// Byte by byte: the verifier lets 64-bit numbers lie at any multiple of four.
template <class T>
std::vector<T> copy(const flatbuffers::Vector<T>* values) {
    static_assert(std::endian::native == std::endian::little, "as FlatBuffers are");
    if (values == nullptr) return {};
    std::vector<T> copied(values->size());
    if (!copied.empty()) std::memcpy(copied.data(), values->Data(), copied.size() * sizeof(T));
    return copied;
}

SavedState unpack(const format::State& packed) {
    SavedState state{.subject = text(packed.subject()), .time = packed.time()};
    if (packed.sections() != nullptr) {
        for (const format::Section* from : *packed.sections()) {
            StateSection section{text(from->name()), {}};
            if (from->items() != nullptr)
                for (const format::Item* item : *from->items())
                    section.items.push_back(
                        {text(item->name()), copy(item->words()), copy(item->bytes())});
            state.sections.push_back(std::move(section));
        }
    }
    if (packed.regions() != nullptr)
        for (const format::Region* region : *packed.regions())
            state.regions.push_back(
                {region->second_memory(), region->address(), copy(region->bytes())});
    return state;
}

Result<std::vector<std::uint8_t>> read_all(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) return fail(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
    if (std::filesystem::is_directory(path)) return fail(path + ": cannot be read: is a folder");
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::max<long>(0, file.tellg())));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file) return fail(fmt::format("{}: cannot be read", path));
    return bytes;
}

}  // namespace

const StateSection* SavedState::section(std::string_view name) const {
    const auto found = std::ranges::find(sections, name, &StateSection::name);
    return found == sections.end() ? nullptr : &*found;
}

Result<void> write_state(const std::string& path, const SavedState& state) {
    std::uint64_t bytes = 0;
    for (const StateRegion& region : state.regions)
        bytes += region.bytes.size();
    if (bytes > kMostMemoryBytes)
        return fail(
            fmt::format("{}: cannot be written: {} bytes of memory are in use, a state "
                        "holds at most {}",
                        path, bytes, kMostMemoryBytes));
    flatbuffers::FlatBufferBuilder builder(std::size_t{1} << 20);
    pack(builder, state);
    Header header{.magic = {},
                  .version = kStateVersion,
                  .crc = trace::crc32({builder.GetBufferPointer(), builder.GetSize()}),
                  .size = builder.GetSize()};
    std::ranges::copy(kMagic, header.magic.begin());
    const auto chars = [](const void* data, std::size_t size) {
        return std::span(static_cast<const char*>(data), size);
    };
    return replace_file(
        path, {chars(&header, sizeof(header)), chars(builder.GetBufferPointer(), header.size)});
}

Result<SavedState> read_state(const std::string& path) {
    const auto bytes = read_all(path);
    if (!bytes) return tl::unexpected(bytes.error());
    Header header{};
    if (!bytes->empty())
        std::memcpy(&header, bytes->data(), std::min(sizeof(header), bytes->size()));
    if (!std::ranges::equal(header.magic, kMagic))
        return fail(
            fmt::format("{}: is not a state file; it does not begin with {}", path, kMagic));
    if (bytes->size() < sizeof(header))
        return fail(fmt::format("{}: is truncated within its header", path));
    if (header.version != kStateVersion)
        return fail(fmt::format("{}: has version {} of the format, this program reads version {}",
                                path, header.version, kStateVersion));
    const std::size_t size = bytes->size() - sizeof(header);
    if (size != header.size)
        return fail(fmt::format("{}: is {}: {} bytes follow the header, it announces {}", path,
                                size < header.size ? "truncated" : "too long", size, header.size));
    const std::uint8_t* payload = bytes->data() + sizeof(header);
    if (const std::uint32_t crc = trace::crc32({payload, size}); crc != header.crc)
        return fail(fmt::format("{}: is damaged: its checksum is {:08x}, the header says {:08x}",
                                path, crc, header.crc));
    flatbuffers::Verifier verifier(payload, size);
    if (!format::VerifyStateBuffer(verifier))
        return fail(fmt::format("{}: is damaged: its tables do not hold together", path));
    return unpack(*format::GetState(payload));
}

}  // namespace dla::vp
