// SPDX-License-Identifier: Apache-2.0
// A Platform for tests: memory on the heap, tasks handed to a function.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "runtime/port/platform.hpp"

namespace dla::runtime {

class FakePlatform final : public Platform {
  public:
    // The mapped bytes of every address of a task, in list order.
    using Execute = std::function<Result<void>(const std::vector<std::span<std::uint8_t>>&)>;

    explicit FakePlatform(Execute execute = {}) : execute_(std::move(execute)) {}

    unsigned num_devices() const override { return 1; }
    Result<MappedMemory> allocate(unsigned, std::uint64_t size, MemoryDomain) override {
        if (size > limit) return fail("out of memory");
        auto& bytes = memories_[++last_handle_];
        bytes.resize(std::max<std::uint64_t>(size, 1));
        return MappedMemory{reinterpret_cast<void*>(last_handle_), bytes.data(), bytes.size()};
    }
    void free(unsigned, const MappedMemory& memory) override {
        memories_.erase(reinterpret_cast<std::uintptr_t>(memory.handle));
    }
    Result<void> submit(unsigned, std::span<const TaskAddress> addresses) override {
        ++submits;
        std::vector<std::span<std::uint8_t>> spans;
        for (const TaskAddress& address : addresses) {
            auto& bytes = memories_.at(reinterpret_cast<std::uintptr_t>(address.handle));
            spans.push_back(std::span(bytes).subspan(address.offset));
        }
        return execute_ ? execute_(spans) : Result<void>{};
    }

    std::size_t live_memories() const { return memories_.size(); }

    unsigned submits = 0;
    std::uint64_t limit = 1 << 28;

  private:
    Execute execute_;
    std::map<std::uintptr_t, Bytes> memories_;
    std::uintptr_t last_handle_ = 0;
};

}  // namespace dla::runtime
