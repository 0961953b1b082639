// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// The firmware engine as C++: derive a port, own an engine. No SystemC.
//
//   class MyPort : public EnginePort { ... };
//   MyPort port;
//   Engine engine(port);
//   if (auto started = engine.execute(config); !started) fail(started.error().message);
//   while (true) { wait(); engine.handle_interrupt(); if (*engine.process_events()) break; }
//   engine.clear();
//
// Any number of engines may live in one thread, also as coroutines that switch inside a register
// access. spec: firmware-interface.md sections 1 and 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/result.hpp"
#include "firmware/engine/descriptors.h"
#include "firmware/engine/dla_interface.h"

namespace dla::firmware {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Everything the engine asks of its surroundings. Memory functions return false for what lies
// outside; an address index is a position in the task's address list.
class EnginePort {
  public:
    virtual ~EnginePort() = default;

    virtual std::uint32_t read_register(std::uint32_t address) = 0;
    virtual void write_register(std::uint32_t address, std::uint32_t value) = 0;
    virtual bool bus_address(std::int16_t index, std::uint64_t& address) = 0;
    virtual bool read_memory(std::int16_t index, std::uint64_t offset, void* dst,
                             std::size_t bytes) = 0;
    virtual bool write_memory(std::int16_t index, std::uint64_t offset, const void* src,
                              std::size_t bytes) = 0;
    virtual std::int64_t time_us() = 0;
    virtual void log(LogLevel level, std::string_view text) = 0;
};

// config_data for a configuration of the platform. The result refers to static tables only.
dla_config engine_config(const HardwareConfig& hardware, dla_descriptor_layout layout);

class Engine {
  public:
    explicit Engine(EnginePort& port);
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Starts the port's task. On error the caller must still clear().
    Result<void> execute(const dla_config& config);
    void handle_interrupt();
    // True: all operations are done.
    Result<bool> process_events();
    void clear();
    // What the group of a processor holds, if anything.
    std::optional<dla_group_operation> operation_in_group(dla_op_type type, unsigned group) const;

  private:
    Result<void> checked(std::int32_t code, std::string_view during) const;

    EnginePort& port_;
    std::vector<std::max_align_t> storage_;
};

}  // namespace dla::firmware
