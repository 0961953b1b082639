// SPDX-License-Identifier: Apache-2.0
// What the runtime needs from below: memory that the DLA and the CPU share, and a way to run one
// task. Implemented over the Linux driver (port/linux), over a platform in the same process, and by
// tests.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

struct MappedMemory {
    void* handle = nullptr;
    std::uint8_t* data = nullptr;  // where the CPU sees it; nullptr where it does not
    std::uint64_t size = 0;
};

struct TaskAddress {
    void* handle = nullptr;
    std::uint64_t offset = 0;
};

class Platform {
  public:
    virtual ~Platform() = default;
    virtual unsigned num_devices() const = 0;
    // Zeroed memory of at least `size` bytes.
    virtual Result<MappedMemory> allocate(unsigned device, std::uint64_t size,
                                          MemoryDomain domain) = 0;
    virtual void free(unsigned device, const MappedMemory& memory) = 0;
    // Runs one DLA task to its end.
    virtual Result<void> submit(unsigned device, std::span<const TaskAddress> addresses) = 0;
};

}  // namespace dla::runtime
