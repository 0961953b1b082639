// SPDX-License-Identifier: Apache-2.0
// Descriptors from and to bytes. `TaskMemory` gives the bytes behind a position of a task's address
// list; LoadableMemory is the one for a loadable at rest, the emulator has one for mapped memory.
//
//   auto task = decode_dla_task(loadable, 0);        // Result<DlaTask>
//   DlaTaskBlobs blobs = encode(*task);
//
// Errors name the task, the operation and the field.
#pragma once

#include <functional>
#include <map>
#include <span>

#include "runtime/loadable/descriptors.hpp"
#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

using TaskMemory = std::function<std::span<const std::uint8_t>(std::size_t position)>;

// The bytes of a task's memories before the first run. Keep it alive while spans are in use.
class LoadableMemory {
  public:
    LoadableMemory(const Loadable& loadable, std::size_t task) : loadable_(loadable), task_(task) {}
    std::span<const std::uint8_t> operator()(std::size_t position);

  private:
    const Loadable& loadable_;
    std::size_t task_;
    std::map<std::size_t, Bytes> contents_;  // by memory id
};

// Which layout a task's descriptors have: from the version of the blob at position 0, for the
// emulator from the size of its operation list.
Result<Generation> generation_of(const Loadable& loadable, std::size_t task);

Result<DlaTask> decode_dla_task(const TaskMemory& memory, std::size_t num_addresses,
                                Generation generation);
Result<DlaTask> decode_dla_task(const Loadable& loadable, std::size_t task);
Result<EmulatorTask> decode_emulator_task(const TaskMemory& memory, std::size_t num_addresses,
                                          Generation generation);
Result<EmulatorTask> decode_emulator_task(const Loadable& loadable, std::size_t task);

// The blobs of a DLA task, generation B.
struct DlaTaskBlobs {
    Bytes network, dependencies, operations, surfaces, luts;
};
DlaTaskBlobs encode(const DlaTask& task);

// The blobs of an emulator task, generation B.
struct EmulatorTaskBlobs {
    Bytes network, operations, buffers;
};
// operation_index, buffer_index: positions of the two lists in the task's address list.
EmulatorTaskBlobs encode(const EmulatorTask& task, std::int16_t operation_index,
                         std::int16_t buffer_index);

// One surface entry of the given type, from generation A to generation B.
Bytes widen_surface_entry(std::span<const std::uint8_t> entry, OpType type, std::size_t transfers);

}  // namespace dla::runtime
