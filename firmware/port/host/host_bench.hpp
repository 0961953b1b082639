// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// For tests: a platform with a DLA and the host driver on it.
//
//   HostBench bench("a", "nv_full");
//   bench.driver.post(task, [](Result<TaskReport> report) { ... });   sc_core::sc_start();
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/core/hang_explanation.hpp"
#include "firmware/port/host/host_driver.hpp"
#include "vp/platform/platform.hpp"

namespace dla::firmware::testing {

class HostBench : public HostSurroundings {
  public:
    explicit HostBench(const std::string& name, const std::string& config = "nv_full",
                       const TimingMode& timing = {})
        : hardware(*builtin_config(config)),
          platform((name + "_platform").c_str(), hardware, timing),
          driver((name + "_driver").c_str(), hardware, *this) {
        driver.csb.bind(platform.dla().csb);
        driver.irq.bind(platform.irq());
    }

    std::span<std::uint8_t> bytes(std::uint64_t bus_address, std::uint64_t size) override {
        vp::Memory* memory = platform.memory_at(bus_address, size);
        return memory == nullptr ? std::span<std::uint8_t>() : memory->bytes(bus_address, size);
    }
    bool moving() const override { return platform.dla().moving(); }
    std::string explain_hang() const override { return dla::explain_hang(platform.dla()); }
    void log(LogLevel level, std::string_view text) override {
        if (level == LogLevel::kError) errors.emplace_back(text);
    }

    HardwareConfig hardware;
    mutable vp::Platform platform;
    HostDriver driver;
    std::vector<std::string> errors;
};

}  // namespace dla::firmware::testing
