// SPDX-License-Identifier: Apache-2.0
// What surrounds the DLA while a trace plays: memory reached from behind, and what the watchdog
// knows. The player itself touches the DLA only through its sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "trace-tests/format/trace.hpp"

namespace dla::trace {

class Bench {
  public:
    virtual ~Bench() = default;

    // The bytes in place; empty when there is no such memory or not all of them are in it.
    virtual std::span<std::uint8_t> bytes(Memory memory, std::uint64_t address,
                                          std::uint64_t size) = 0;
    // Whether the DLA will move by itself; when not, only another register access can help.
    virtual bool moving() const = 0;
    // Who waits for what, in words; may be empty.
    virtual std::string explain_hang() const = 0;
    // Core cycle of the last done event, masked ones included; none: take the interrupt line's.
    virtual std::optional<std::uint64_t> last_done_cycle() const { return std::nullopt; }
};

}  // namespace dla::trace
