// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// A task in plain buffers, made by hand or from a loadable, as the port of an engine under test.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "firmware/engine/descriptors.h"
#include "firmware/port/host/engine_port.hpp"
#include "runtime/loadable/loadable.hpp"

namespace dla::firmware::testing {

struct TaskMemory {
    std::uint64_t bus_address = 0;
    std::vector<std::uint8_t> bytes;
};

// What a test checks of a port: registers go to the stub hardware, memory to the buffers.
class TaskPort : public EnginePort {
  public:
    std::vector<TaskMemory> memories;
    std::vector<std::size_t> addresses;  // address index -> memory
    std::vector<std::string> errors;
    std::int64_t now_us = 0;

    bool bus_address(std::int16_t index, std::uint64_t& address) override;
    bool read_memory(std::int16_t index, std::uint64_t offset, void* dst,
                     std::size_t bytes) override;
    bool write_memory(std::int16_t index, std::uint64_t offset, const void* src,
                      std::size_t bytes) override;
    std::int64_t time_us() override { return now_us++; }
    void log(LogLevel level, std::string_view text) override;

  private:
    TaskMemory* memory_of(std::int16_t index);
};

// The DLA task of a loadable with its memories at the places the goldens were made with: memory m
// at 0xC0000000 plus the page-rounded sizes before it.
struct LoadedTask {
    std::vector<TaskMemory> memories;
    std::vector<std::size_t> addresses;
    dla_descriptor_layout layout;
};
LoadedTask load_task(const runtime::Loadable& loadable, std::size_t task);
// Position of the first DLA task.
std::size_t first_dla_task(const runtime::Loadable& loadable);

}  // namespace dla::firmware::testing
