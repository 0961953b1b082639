// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/testing/test_task.hpp"

#include <algorithm>
#include <cstring>

#include "runtime/loadable/descriptor_codec.hpp"

namespace dla::firmware::testing {

TaskMemory* TaskPort::memory_of(std::int16_t index) {
    const auto position = static_cast<std::size_t>(index);
    if (index < 0 || position >= addresses.size()) return nullptr;
    return &memories[addresses[position]];
}

bool TaskPort::bus_address(std::int16_t index, std::uint64_t& address) {
    const TaskMemory* memory = memory_of(index);
    if (memory == nullptr) return false;
    address = memory->bus_address;
    return true;
}

bool TaskPort::read_memory(std::int16_t index, std::uint64_t offset, void* dst, std::size_t bytes) {
    const TaskMemory* memory = memory_of(index);
    if (memory == nullptr || offset > memory->bytes.size() || bytes > memory->bytes.size() - offset)
        return false;
    std::memcpy(dst, memory->bytes.data() + offset, bytes);
    return true;
}

bool TaskPort::write_memory(std::int16_t index, std::uint64_t offset, const void* src,
                            std::size_t bytes) {
    TaskMemory* memory = memory_of(index);
    if (memory == nullptr || offset > memory->bytes.size() || bytes > memory->bytes.size() - offset)
        return false;
    std::memcpy(memory->bytes.data() + offset, src, bytes);
    return true;
}

void TaskPort::log(LogLevel level, std::string_view text) {
    if (level == LogLevel::kError) errors.emplace_back(text);
}

std::size_t first_dla_task(const runtime::Loadable& loadable) {
    // Old files name no interface; their only task is the DLA's.
    const auto found = std::find_if(
        loadable.tasks.begin(), loadable.tasks.end(),
        [](const runtime::Task& task) { return task.interface != runtime::Interface::kEmulator; });
    return static_cast<std::size_t>(found - loadable.tasks.begin());
}

LoadedTask load_task(const runtime::Loadable& loadable, std::size_t task) {
    LoadedTask loaded;
    std::uint64_t bus_address = 0xc0000000;
    for (std::size_t m = 0; m < loadable.memories.size(); ++m) {
        TaskMemory memory;
        memory.bus_address = bus_address;
        memory.bytes = runtime::initial_contents(loadable, m);
        memory.bytes.resize(loadable.memories[m].size);
        bus_address += (loadable.memories[m].size + 4095) / 4096 * 4096;
        loaded.memories.push_back(std::move(memory));
    }
    for (const std::uint16_t id : loadable.tasks[task].address_list)
        loaded.addresses.push_back(loadable.addresses[id].mem_id);
    const auto generation = runtime::generation_of(loadable, task);
    const bool old = generation && *generation == runtime::Generation::kA;
    loaded.layout = old ? DLA_LAYOUT_A : DLA_LAYOUT_B;
    return loaded;
}

}  // namespace dla::firmware::testing
