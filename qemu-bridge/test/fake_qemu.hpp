// SPDX-License-Identifier: Apache-2.0
// QEMU's end of the bridge for tests: an obedient one, whose every message can be made wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "qemu-bridge/systemc_side/bridge_channel.hpp"

namespace dla::bridge {

class FakeQemu {
  public:
    static constexpr std::uint64_t kRamBase = 0x40000000;
    static constexpr std::uint64_t kRamBytes = 1 << 20;

    FakeQemu();

    dla_bridge_hello hello{};  // change before connect()
    bool sealed_ram = true;
    unsigned descriptors = 4;

    // Sends the hello; the platform's answer comes with welcome().
    void connect(const std::string& path);
    dla_bridge_welcome welcome();

    // One access, blocking like a vCPU.
    std::uint32_t transact(std::uint32_t op, std::uint32_t address, std::uint32_t value = 0,
                           std::uint64_t time_ns = 0);
    void push(const dla_bridge_request& request);
    dla_bridge_ring& ring() const;
    std::uint8_t* ram() const { return ram_.bytes().data(); }
    bool irq() const;
    bool wait_irq(int milliseconds) const;
    void hang_up() { socket_ = Descriptor(); }

  private:
    Descriptor socket_;
    Descriptor ring_file_;
    Descriptor doorbell_;
    Descriptor irq_event_;
    Descriptor ram_file_;
    Mapping ring_;
    Mapping ram_;
    std::uint32_t sequence_ = 0;
};

}  // namespace dla::bridge
