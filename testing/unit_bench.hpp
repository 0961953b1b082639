// SPDX-License-Identifier: Apache-2.0
// One or two units on a bench: a clock, flat memories, recorded interrupts, registers by name.
//
//   UnitBench bench(*builtin_config("nv_full"));
//   PdpUnit pdp("PDP", ..., bench.context());
//   UnitProgram program("program", pdp);
//   bench.then([&] { program.set("D_OP_ENABLE", 1); bench.wait_interrupts(1); });
//   bench.run();
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dla_tlm/common/unit.hpp"
#include "testing/catch.hpp"

namespace dla::testing {

// Both memories from address 0; what lies outside reads as zeros.
class FlatMemory : public MemoryInterfaces {
  public:
    explicit FlatMemory(bool second_memory) : second_memory_(second_memory) {}

    std::vector<std::uint8_t>& bytes(Ram ram = Ram::kPrimary) {
        return bytes_[static_cast<std::size_t>(ram)];
    }
    // Whether units may look at memory in place.
    void allow_views(bool allowed) { views_ = allowed; }
    // Bytes read and written so far, but for those looked at in place.
    std::uint64_t moved() const { return moved_; }

    bool present(Ram ram) const override { return ram == Ram::kPrimary || second_memory_; }
    void read(const MemoryAccess& access, std::span<std::uint8_t> out) override {
        std::ranges::fill(out, std::uint8_t{0});
        moved_ += out.size();
        if (fits(access, out.size()))
            std::memcpy(out.data(), &bytes(access.ram)[access.address], out.size());
    }
    void write(const MemoryAccess& access, std::span<const std::uint8_t> in) override {
        moved_ += in.size();
        if (fits(access, in.size()))
            std::memcpy(&bytes(access.ram)[access.address], in.data(), in.size());
    }
    std::span<const std::uint8_t> view(const MemoryAccess& access, std::size_t size) override {
        if (!views_ || !fits(access, size)) return {};
        return {&bytes(access.ram)[access.address], size};
    }
    MemoryTraffic traffic(MemoryClient, Ram) const override { return {}; }
    // Layers share the ports by it.
    void share_by(PortArbiter& arbiter) { arbiter_ = &arbiter; }
    PortArbiter* arbiter() override { return arbiter_; }

  private:
    bool fits(const MemoryAccess& access, std::size_t size) {
        const std::size_t all = bytes(access.ram).size();
        return size > 0 && size <= all && access.address <= all - size;
    }

    bool second_memory_;
    bool views_ = true;
    std::uint64_t moved_ = 0;
    PortArbiter* arbiter_ = nullptr;
    std::vector<std::uint8_t> bytes_[2] = {std::vector<std::uint8_t>(1 << 20),
                                           std::vector<std::uint8_t>(1 << 20)};
};

struct RaisedInterrupt {
    InterruptSource source;
    unsigned group;
    std::uint64_t cycle;
};

class UnitBench : public InterruptSink, public EventSink {
  public:
    explicit UnitBench(HardwareConfig configuration, TimingMode mode = {})
        : config(std::move(configuration)),
          timing(mode),
          workers(mode.threads),
          clock(config.clock_mhz),
          memory(config.features.second_memory) {
        events.attach(*this);
    }

    UnitContext context() { return {config, clock, *this, memory, events, waits, timing, workers}; }

    // The body runs in a thread of the simulation, which stops after it.
    void then(std::function<void()> body) {
        sc_core::sc_spawn([body = std::move(body)] {
            body();
            sc_core::sc_stop();
        });
    }
    void run() { sc_core::sc_start(); }

    // Inside the body: until so many interrupts were raised in all.
    void wait_interrupts(std::size_t count) {
        constexpr std::uint64_t kMostCycles = 10'000'000;
        const std::uint64_t limit = clock.now() + kMostCycles;
        while (interrupts.size() < count && clock.now() < limit)
            sc_core::wait(clock.at(limit) - sc_core::sc_time_stamp(), raised_);
        REQUIRE(interrupts.size() >= count);
        sc_core::wait(sc_core::SC_ZERO_TIME);
    }
    void wait_cycles(std::uint64_t cycles) {
        sc_core::wait(clock.period() * static_cast<double>(cycles));
    }

    bool waits_for(const std::string& words) const {
        for (const auto& entry : waits.entries()) {
            if ((entry.unit + ": " + entry.reason).find(words) != std::string::npos) return true;
        }
        return false;
    }
    bool reported(const std::string& words) const {
        for (const auto& message : messages) {
            if (message.find(words) != std::string::npos) return true;
        }
        return false;
    }

    void raise(InterruptSource source, unsigned group) override {
        interrupts.push_back({source, group, clock.now()});
        raised_.notify(sc_core::SC_ZERO_TIME);
    }
    void on_guest_error(const GuestErrorEvent& event) override {
        messages.push_back(event.message);
    }
    void on_operation_end(const OperationEvent& event) override { operations.push_back(event); }

    HardwareConfig config;
    TimingMode timing;
    Workers workers;
    Clock clock;
    EventStream events;
    WaitBoard waits;
    FlatMemory memory;
    std::vector<RaisedInterrupt> interrupts;
    std::vector<std::string> messages;
    std::vector<OperationEvent> operations;

  private:
    sc_core::sc_event raised_;
};

// The CSB side of one unit, registers by name.
class UnitProgram : public sc_core::sc_module {
  public:
    UnitProgram(sc_core::sc_module_name name, Unit& unit)
        : sc_module(name), unit_(unit), socket_("socket") {
        socket_.bind(unit.csb);
    }

    void set(const char* name, std::uint32_t value) { transport(name, true, value); }
    std::uint32_t get(const char* name) {
        std::uint32_t value = 0;
        transport(name, false, value);
        return value;
    }

  private:
    void transport(const char* name, bool write, std::uint32_t& value) {
        const RegisterInfo* found = nullptr;
        for (const RegisterInfo& info : unit_.registers().table()) {
            if (std::strcmp(info.name, name) == 0) found = &info;
        }
        INFO(name);
        REQUIRE(found != nullptr);
        tlm::tlm_generic_payload payload;
        payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        payload.set_address(found->offset);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        payload.set_data_length(sizeof(value));
        payload.set_streaming_width(sizeof(value));
        sc_core::sc_time delay;
        socket_->b_transport(payload, delay);
        REQUIRE(payload.is_response_ok());
    }

    Unit& unit_;
    tlm_utils::simple_initiator_socket<UnitProgram> socket_;
};

}  // namespace dla::testing
