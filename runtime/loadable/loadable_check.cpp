// SPDX-License-Identifier: Apache-2.0
// Every index, size and offset of the tables. What the descriptors inside the blobs say is checked
// by descriptor_check.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "runtime/loadable/descriptor_check.hpp"
#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {
namespace {

constexpr std::int32_t kMaxDimension = 65536;
constexpr std::uint64_t kMaxMemoryBytes = std::uint64_t{1} << 40;

// Whether [offset, offset + size) lies inside `limit` bytes, without overflow.
bool inside(std::uint64_t offset, std::uint64_t size, std::uint64_t limit) {
    return offset <= limit && size <= limit - offset;
}

std::string check_contents(const Loadable& loadable, const Memory& memory,
                           const std::string& where) {
    if (!memory.has(kMemorySet)) return {};
    if (memory.contents.size() != memory.offsets.size()) {
        return fmt::format("{}.offsets has {} entries, contents has {}", where,
                           memory.offsets.size(), memory.contents.size());
    }
    for (std::size_t k = 0; k < memory.contents.size(); ++k) {
        const Blob* blob = loadable.find_blob(memory.contents[k]);
        if (!blob) {
            return fmt::format("{}.contents[{}] is '{}', no blob has this name", where, k,
                               memory.contents[k]);
        }
        if (!inside(memory.offsets[k], blob->data.size(), memory.size)) {
            return fmt::format(
                "{}.offsets[{}] is {}, blob '{}' of {} bytes does not fit there into {} bytes",
                where, k, memory.offsets[k], blob->name, blob->data.size(), memory.size);
        }
    }
    return {};
}

std::string check_memories(const Loadable& loadable) {
    if (loadable.memories.empty()) return "memory_list is empty";
    for (std::size_t i = 0; i < loadable.memories.size(); ++i) {
        const Memory& memory = loadable.memories[i];
        const std::string where = fmt::format("memory_list[{}]", i);
        if (memory.domain > MemoryDomain::kSram) {
            return fmt::format("{}.domain is {}, legal are 0 (system) and 1 (SRAM)", where,
                               static_cast<unsigned>(memory.domain));
        }
        if (memory.flags >= 2 * kMemoryDebug) {
            return fmt::format("{}.flags is {:#x}, legal bits are 0x1f", where, memory.flags);
        }
        if (memory.has(kMemoryInput) && memory.has(kMemoryOutput)) {
            return where + ".flags marks both input and output";
        }
        if (memory.size > kMaxMemoryBytes) {
            return fmt::format("{}.size is {}, at most {} make sense", where, memory.size,
                               kMaxMemoryBytes);
        }
        if (memory.alignment != 0 && !std::has_single_bit(memory.alignment)) {
            return fmt::format("{}.alignment is {}, not a power of two", where, memory.alignment);
        }
        if (auto why = check_contents(loadable, memory, where); !why.empty()) return why;
        if (memory.bindable() && memory.tensor_desc_id >= loadable.tensors.size()) {
            return fmt::format("{}.tensor_desc_id is {}, the loadable has {} tensors", where,
                               memory.tensor_desc_id, loadable.tensors.size());
        }
    }
    return {};
}

std::string check_bindings(const Loadable& loadable, MemoryFlag direction, const char* name) {
    std::vector<std::pair<std::uint16_t, std::size_t>> bindings;
    for (std::size_t i = 0; i < loadable.memories.size(); ++i) {
        if (loadable.memories[i].has(direction)) {
            bindings.emplace_back(loadable.memories[i].bind_id, i);
        }
    }
    std::sort(bindings.begin(), bindings.end());
    for (std::size_t k = 0; k < bindings.size(); ++k) {
        if (bindings[k].first != k) {
            return fmt::format(
                "memory_list[{}].bind_id is {}, {} number {} is missing or twice "
                "there",
                bindings[k].second, bindings[k].first, name, k);
        }
    }
    return {};
}

std::string check_addresses(const Loadable& loadable) {
    for (std::size_t i = 0; i < loadable.addresses.size(); ++i) {
        const Address& address = loadable.addresses[i];
        if (address.mem_id >= loadable.memories.size()) {
            return fmt::format("address_list[{}].mem_id is {}, the loadable has {} memories", i,
                               address.mem_id, loadable.memories.size());
        }
        const std::uint64_t size = loadable.memories[address.mem_id].size;
        if (!inside(address.offset, address.size, size)) {
            return fmt::format(
                "address_list[{}]: offset {} and size {} exceed memory {} of {} "
                "bytes",
                i, address.offset, address.size, address.mem_id, size);
        }
    }
    return {};
}

std::string check_indices(const std::vector<std::uint16_t>& indices, std::size_t limit,
                          const std::string& where, const char* what) {
    for (std::size_t k = 0; k < indices.size(); ++k) {
        if (indices[k] >= limit) {
            return fmt::format("{}[{}] is {}, the loadable has {} {}", where, k, indices[k], limit,
                               what);
        }
    }
    return {};
}

std::string check_tasks(const Loadable& loadable) {
    if (loadable.tasks.empty()) return "task_list is empty";
    for (std::size_t i = 0; i < loadable.tasks.size(); ++i) {
        const Task& task = loadable.tasks[i];
        const std::string where = fmt::format("task_list[{}]", i);
        if (task.interface != Interface::kDla && task.interface != Interface::kEmulator) {
            return fmt::format("{}.interface is {}, legal are 1 (DLA) and 2 (EMU)", where,
                               static_cast<unsigned>(task.interface));
        }
        if (task.address_list.empty() || task.address_list.size() > kMaxTaskAddresses) {
            return fmt::format("{}.address_list has {} entries, legal are 1 to {}", where,
                               task.address_list.size(), kMaxTaskAddresses);
        }
        for (auto why : {check_indices(task.address_list, loadable.addresses.size(),
                                       where + ".address_list", "addresses"),
                         check_indices(task.pre_actions, loadable.events.size(),
                                       where + ".pre_actions", "events"),
                         check_indices(task.post_actions, loadable.events.size(),
                                       where + ".post_actions", "events")}) {
            if (!why.empty()) return why;
        }
    }
    return {};
}

std::string check_submits(const Loadable& loadable) {
    if (loadable.submits.empty()) return "submit_list is empty";
    for (std::size_t i = 0; i < loadable.submits.size(); ++i) {
        const std::string where = fmt::format("submit_list[{}].task_id", i);
        if (loadable.submits[i].task_id.empty()) return where + " is empty";
        auto why =
            check_indices(loadable.submits[i].task_id, loadable.tasks.size(), where, "tasks");
        if (!why.empty()) return why;
    }
    return {};
}

// One enumeration of a tensor: its name, the value found and the greatest legal one.
struct Code {
    const char* name;
    unsigned value;
    unsigned greatest;
};

std::string check_tensor(const Loadable& loadable, std::size_t i) {
    const Tensor& tensor = loadable.tensors[i];
    const std::string where = fmt::format("tensor_desc_list[{}]", i);
    if (tensor.mem_id >= loadable.memories.size()) {
        return fmt::format("{}.mem_id is {}, the loadable has {} memories", where, tensor.mem_id,
                           loadable.memories.size());
    }
    const std::uint64_t size = loadable.memories[tensor.mem_id].size;
    if (!inside(tensor.offset, tensor.size, size)) {
        return fmt::format("{}: offset {} and size {} exceed memory {} of {} bytes", where,
                           tensor.offset, tensor.size, tensor.mem_id, size);
    }
    for (auto [name, value, greatest] :
         {Code{"data_format", static_cast<unsigned>(tensor.data_format), 3},
          Code{"data_type", static_cast<unsigned>(tensor.data_type), 6},
          Code{"data_category", static_cast<unsigned>(tensor.data_category), 4},
          Code{"pixel_format", tensor.pixel_format, kPixelFeatureX8},
          Code{"pixel_mapping", tensor.pixel_mapping, 0}}) {
        if (value > greatest) {
            return fmt::format("{}.{} is {}, legal are 0 to {}", where, name, value, greatest);
        }
    }
    const std::pair<const char*, std::int32_t> dimensions[] = {
        {"n", tensor.n}, {"c", tensor.c}, {"h", tensor.h}, {"w", tensor.w}};
    for (auto [name, value] : dimensions) {
        if (value < 1 || value > kMaxDimension) {
            return fmt::format("{}.{} is {}, legal are 1 to {}", where, name, value, kMaxDimension);
        }
    }
    return {};
}

std::string check_relocations(const Loadable& loadable) {
    for (std::size_t i = 0; i < loadable.relocations.size(); ++i) {
        const Relocation& relocation = loadable.relocations[i];
        const std::string where = fmt::format("reloc_list[{}]", i);
        if (relocation.address_id >= loadable.addresses.size()) {
            return fmt::format("{}.address_id is {}, the loadable has {} addresses", where,
                               relocation.address_id, loadable.addresses.size());
        }
        if (relocation.write_id >= loadable.memories.size()) {
            return fmt::format("{}.write_id is {}, the loadable has {} memories", where,
                               relocation.write_id, loadable.memories.size());
        }
        if (!inside(relocation.offset, 4, loadable.memories[relocation.write_id].size)) {
            return fmt::format("{}.offset is {}, memory {} has {} bytes", where, relocation.offset,
                               relocation.write_id, loadable.memories[relocation.write_id].size);
        }
        if (relocation.type != RelocationType::kLineStride &&
            relocation.type != RelocationType::kSurfaceStride) {
            return fmt::format("{}.reloc_type is {}, legal are 1 (line) and 2 (surface)", where,
                               static_cast<unsigned>(relocation.type));
        }
    }
    return {};
}

std::string check_blobs(const Loadable& loadable) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < loadable.blobs.size(); ++i) {
        const Blob& blob = loadable.blobs[i];
        if (!names.insert(blob.name).second) {
            return fmt::format("blobs[{}].name is '{}', an earlier blob has the same", i,
                               blob.name);
        }
        if (blob.interface > Interface::kEmulator) {
            return fmt::format("blobs[{}].interface is {}, legal are 0 to 2", i,
                               static_cast<unsigned>(blob.interface));
        }
        if (blob.sub_interface > kSubLuts) {
            return fmt::format("blobs[{}].sub_interface is {}, legal are 0 to 5", i,
                               blob.sub_interface);
        }
    }
    return {};
}

}  // namespace

std::string to_string(const Version& version) {
    return fmt::format("{}.{}.{}", version.major, version.minor, version.sub_minor);
}

const Blob* Loadable::find_blob(std::string_view name) const {
    const auto found = std::find_if(blobs.begin(), blobs.end(),
                                    [&](const Blob& blob) { return blob.name == name; });
    return found == blobs.end() ? nullptr : &*found;
}

std::string why_not(const Loadable& loadable) {
    if (loadable.version.major != 0 || loadable.version.minor != kLoadableVersion.minor) {
        return fmt::format("version is {}, readable is 0.7", to_string(loadable.version));
    }
    for (const auto check : {check_blobs, check_memories, check_addresses, check_tasks,
                             check_submits, check_relocations}) {
        if (auto why = check(loadable); !why.empty()) return why;
    }
    for (std::size_t i = 0; i < loadable.tensors.size(); ++i) {
        if (auto why = check_tensor(loadable, i); !why.empty()) return why;
    }
    if (auto why = check_bindings(loadable, kMemoryInput, "input"); !why.empty()) return why;
    if (auto why = check_bindings(loadable, kMemoryOutput, "output"); !why.empty()) return why;
    return descriptor_faults(loadable);
}

Bytes initial_contents(const Loadable& loadable, std::size_t memory) {
    const Memory& entry = loadable.memories[memory];
    Bytes bytes;
    for (std::size_t k = 0; entry.has(kMemorySet) && k < entry.contents.size(); ++k) {
        const Bytes& data = loadable.find_blob(entry.contents[k])->data;
        if (bytes.size() < entry.offsets[k] + data.size()) {
            bytes.resize(entry.offsets[k] + data.size());
        }
        std::copy(data.begin(), data.end(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(entry.offsets[k]));
    }
    return bytes;
}

std::vector<std::size_t> bindable_memories(const Loadable& loadable, MemoryFlag direction) {
    std::vector<std::size_t> memories;
    for (std::size_t i = 0; i < loadable.memories.size(); ++i) {
        if (loadable.memories[i].has(direction)) memories.push_back(i);
    }
    std::sort(memories.begin(), memories.end(), [&](std::size_t a, std::size_t b) {
        return loadable.memories[a].bind_id < loadable.memories[b].bind_id;
    });
    return memories;
}

}  // namespace dla::runtime
