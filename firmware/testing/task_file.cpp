// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/testing/task_file.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "runtime/loadable/descriptor_codec.hpp"

namespace dla::firmware::testing {
namespace {

using runtime::Bytes;

constexpr std::size_t kMostBytes = 4u << 20u;
constexpr std::uint8_t kFull = 1;
constexpr std::uint8_t kOldLayout = 2;

void append(Bytes& bytes, std::uint32_t word) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        bytes.push_back(static_cast<std::uint8_t>(word >> shift));
}

// Bytes one after another; zeros behind the last.
class Reader {
  public:
    explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    std::span<const std::uint8_t> take(std::size_t count) {
        const auto part = bytes_.first(std::min(count, bytes_.size()));
        bytes_ = bytes_.subspan(part.size());
        return part;
    }
    std::uint32_t number(unsigned count) {
        std::uint32_t value = 0;
        const auto part = take(count);
        std::memcpy(&value, part.data(), part.size());
        return value;
    }

  private:
    std::span<const std::uint8_t> bytes_;
};

}  // namespace

runtime::Bytes task_file(const runtime::Loadable& loadable, std::size_t task, bool full) {
    const LoadedTask loaded = load_task(loadable, task);
    const auto decoded = runtime::decode_dla_task(loadable, task);
    std::set<int> lists{0};
    if (decoded) {
        const runtime::Network& network = decoded->network;
        lists.insert({network.operation_desc_index, network.surface_desc_index,
                      network.dependency_graph_index, network.lut_data_index});
    }
    Bytes bytes{static_cast<std::uint8_t>((full ? kFull : 0) |
                                          (loaded.layout == DLA_LAYOUT_A ? kOldLayout : 0)),
                static_cast<std::uint8_t>(loaded.addresses.size())};
    for (std::size_t i = 0; i < loaded.addresses.size(); ++i) {
        const Bytes& memory = loaded.memories[loaded.addresses[i]].bytes;
        append(bytes, static_cast<std::uint32_t>(memory.size()));
        const bool keep = lists.contains(static_cast<int>(i));
        append(bytes, keep ? static_cast<std::uint32_t>(memory.size()) : 0);
        if (keep) bytes.insert(bytes.end(), memory.begin(), memory.end());
    }
    return bytes;
}

TaskFileFlags read_task_file(std::span<const std::uint8_t> bytes, TaskPort& port) {
    Reader reader(bytes);
    const std::uint32_t flags = reader.number(1);
    const std::uint32_t count = reader.number(1);
    std::size_t room = kMostBytes;
    port.memories.clear();
    port.addresses.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
        TaskMemory memory;
        memory.bus_address = 0xc0000000u + (std::uint64_t{i} << 24u);
        const std::size_t size = std::min<std::size_t>(reader.number(4), room);
        const auto contents = reader.take(reader.number(4));
        memory.bytes.assign(contents.begin(), contents.end());
        memory.bytes.resize(size);
        room -= size;
        port.memories.push_back(std::move(memory));
        port.addresses.push_back(i);
    }
    return {.full = (flags & kFull) != 0, .old_layout = (flags & kOldLayout) != 0};
}

}  // namespace dla::firmware::testing
