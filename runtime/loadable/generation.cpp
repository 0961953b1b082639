// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/loadable/descriptor_io.hpp"
#include "runtime/loadable/widen.hpp"

namespace dla::runtime {
namespace {

constexpr std::uint8_t kFirstMinorOfB = 12;
constexpr std::uint64_t kMaxCubes = 5;  // of one surface entry

// The blob that holds the first byte of an address list position, and its place in the memory.
struct Place {
    std::size_t blob;
    std::size_t offset_in_blob;
};

Result<Place> blob_behind(const Loadable& loadable, std::size_t task, std::size_t position) {
    const std::string where = fmt::format("task_list[{}].address_list[{}]", task, position);
    const Address& address = loadable.addresses[loadable.tasks[task].address_list[position]];
    const Memory& memory = loadable.memories[address.mem_id];
    for (std::size_t k = 0; memory.has(kMemorySet) && k < memory.contents.size(); ++k) {
        const Blob* blob = loadable.find_blob(memory.contents[k]);
        const std::uint64_t start = memory.offsets[k];
        if (address.offset >= start && address.offset - start < blob->data.size()) {
            return Place{static_cast<std::size_t>(blob - loadable.blobs.data()),
                         static_cast<std::size_t>(address.offset - start)};
        }
    }
    return fail(fmt::format("{}: memory {} holds no blob at offset {}", where, address.mem_id,
                            address.offset));
}

Result<Generation> dla_generation(const Loadable& loadable, std::size_t task) {
    const auto place = blob_behind(loadable, task, 0);
    if (!place) return tl::unexpected(place.error());
    const Version& version = loadable.blobs[place->blob].version;
    if (version.major != 0) {
        return fail(fmt::format("blobs[{}].version is {}, readable descriptors are 0.x",
                                place->blob, to_string(version)));
    }
    return version.minor < kFirstMinorOfB ? Generation::kA : Generation::kB;
}

// Emulator blobs have the same version in both: their operations take 16 bytes in A and 24 in B.
Result<Generation> emulator_generation(const Loadable& loadable, std::size_t task) {
    LoadableMemory memory(loadable, task);
    const auto network = memory(0);
    const std::size_t count = loadable.tasks[task].address_list.size();
    if (network.size() < 6) {
        return fail(
            fmt::format("task_list[{}].address_list[0] must hold the network descriptor, "
                        "{} bytes are there",
                        task, network.size()));
    }
    const std::int16_t index = load_number<std::int16_t>(network, 0);
    const std::size_t operations = load_number<std::uint16_t>(network, 4);
    if (index < 0 || static_cast<std::size_t>(index) >= count) {
        return fail(
            fmt::format("task_list[{}]: network.operation_desc_index is {}, the task has "
                        "{} addresses",
                        task, index, count));
    }
    const auto place = blob_behind(loadable, task, static_cast<std::size_t>(index));
    if (!place) return tl::unexpected(place.error());
    const std::size_t bytes = loadable.blobs[place->blob].data.size() - place->offset_in_blob;
    return bytes < operations * 24 ? Generation::kA : Generation::kB;
}

// Rewrites the surface list of one task and moves relocations that point into it.
Result<void> widen_task(Loadable& loadable, std::size_t task) {
    const auto decoded = decode_dla_task(loadable, task);
    if (!decoded) return tl::unexpected(decoded.error());
    const auto position = static_cast<std::size_t>(decoded->network.surface_desc_index);
    const auto place = blob_behind(loadable, task, position);
    if (!place) return tl::unexpected(place.error());
    Blob& blob = loadable.blobs[place->blob];
    const std::size_t bytes = decoded->operations.size() * kSurfaceBytes;
    if (blob.data.size() - place->offset_in_blob < bytes) {
        return fail(
            fmt::format("task_list[{}]: the surface list is spread over several blobs", task));
    }
    auto list = std::span(blob.data).subspan(place->offset_in_blob, bytes);
    for (std::size_t i = 0; i < decoded->operations.size(); ++i) {
        const Operation& op = decoded->operations[i];
        const auto* bdma = std::get_if<Bdma>(&op.body);
        const auto entry = list.subspan(i * kSurfaceBytes, kSurfaceBytes);
        const Bytes wide =
            widen_surface_entry(entry, op.common.type, bdma ? bdma->num_transfers : 0);
        std::copy(wide.begin(), wide.end(), entry.begin());
    }
    const Address& address = loadable.addresses[loadable.tasks[task].address_list[position]];
    for (Relocation& relocation : loadable.relocations) {
        if (relocation.write_id != address.mem_id || relocation.offset < address.offset) continue;
        const std::uint64_t inside = relocation.offset - address.offset;
        if (inside >= bytes) continue;
        const std::uint64_t in_entry = inside % kSurfaceBytes;
        const std::uint64_t cube = in_entry / cube_bytes(Generation::kA);
        relocation.offset += std::min<std::uint64_t>(cube + 1, kMaxCubes) * 4;
    }
    return {};
}

}  // namespace

Result<Generation> generation_of(const Loadable& loadable, std::size_t task) {
    return loadable.tasks[task].interface == Interface::kDla ? dla_generation(loadable, task)
                                                             : emulator_generation(loadable, task);
}

Result<Loadable> widened(const Loadable& loadable) {
    Loadable wide = loadable;
    std::vector<std::size_t> lists;  // a list shared by two tasks is rewritten once
    std::vector<std::size_t> old_networks;
    for (std::size_t i = 0; i < loadable.tasks.size(); ++i) {
        if (loadable.tasks[i].interface != Interface::kDla) continue;
        const auto generation = dla_generation(loadable, i);
        if (!generation) return tl::unexpected(generation.error());
        if (*generation == Generation::kB) continue;
        const auto task = decode_dla_task(loadable, i);
        if (!task) return tl::unexpected(task.error());
        const std::size_t list =
            loadable.tasks[i]
                .address_list[static_cast<std::size_t>(task->network.surface_desc_index)];
        old_networks.push_back(blob_behind(loadable, i, 0)->blob);
        if (std::find(lists.begin(), lists.end(), list) != lists.end()) continue;
        lists.push_back(list);
        if (auto done = widen_task(wide, i); !done) return tl::unexpected(done.error());
    }
    for (const std::size_t blob : old_networks)
        wide.blobs[blob].version = kDescriptorVersion;
    return wide;
}

}  // namespace dla::runtime
