// SPDX-License-Identifier: Apache-2.0
// MCIF and CVIF: the two ways from the units to memory, each with a TLM initiator socket and its
// registers. Memory that offers DMI is accessed in place. spec: memory-interfaces.md.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <vector>

#include "dla_tlm/common/port_arbiter.hpp"
#include "dla_tlm/common/unit.hpp"

namespace dla::mcif {

class MemoryInterface : public Unit {
  public:
    // May stay unbound; every access is then a fault.
    tlm_utils::simple_initiator_socket_optional<MemoryInterface> memory_out;

    // unit_name: MCIF or CVIF. memory: what units plan with; CFG_OUTSTANDING_CNT limits it.
    MemoryInterface(sc_core::sc_module_name name, const char* unit_name, MemoryTiming& memory,
                    const UnitContext& context);

    void read(const MemoryAccess& access, std::span<std::uint8_t> bytes);
    void write(const MemoryAccess& access, std::span<const std::uint8_t> bytes);
    std::span<const std::uint8_t> view(const MemoryAccess& access, std::size_t size);
    std::span<std::uint8_t> place(const MemoryAccess& access, std::size_t size);
    void visit_state(StateVisitor& state) override;
    // Of the client in this interface's arbiter, as the registers say.
    unsigned weight(MemoryClient client, bool write) const;

    const MemoryTraffic& traffic(MemoryClient client) const {
        return traffic_[static_cast<std::size_t>(client)];
    }

  protected:
    void on_write(std::uint32_t offset, std::uint32_t value) override;
    void on_reset() override;

  private:
    std::uint8_t* direct(std::uint64_t address, std::size_t size, bool for_write);
    void transport(const MemoryAccess& access, std::uint64_t address, std::uint8_t* bytes,
                   std::size_t size, bool write);
    void report_fault(const MemoryAccess& access, std::uint64_t address, std::size_t size,
                      bool write);
    void record(const MemoryAccess& access, std::span<const std::uint8_t> bytes, bool write);
    std::uint64_t on_bus(std::uint64_t address) const;
    void invalidate(sc_dt::uint64 begin, sc_dt::uint64 end);

    void limit_open_transactions();

    MemoryTiming& memory_;
    std::vector<tlm::tlm_dmi> regions_;
    std::array<MemoryTraffic, kMemoryClients> traffic_{};
    // Client and register of the faults that have been told, and their count among the guest's
    // errors: millions of the same may follow.
    struct ToldFault {
        MemoryClient client;
        const char* address_register;
        std::uint64_t* transactions;
    };
    std::vector<ToldFault> told_faults_;
    tlm::tlm_generic_payload dmi_request_;
};

// Both interfaces as the units see them.
class MemoryRouter : public MemoryInterfaces {
  public:
    // All outlive it.
    MemoryRouter(const HardwareConfig& config, const TimingMode& timing, Clock& clock);

    // secondary: null where the configuration has no second memory.
    void connect(MemoryInterface* primary, MemoryInterface* secondary) {
        primary_ = primary;
        secondary_ = secondary;
    }

    bool present(Ram ram) const override { return interface(ram) != nullptr; }
    void read(const MemoryAccess& access, std::span<std::uint8_t> bytes) override;
    void write(const MemoryAccess& access, std::span<const std::uint8_t> bytes) override;
    std::span<const std::uint8_t> view(const MemoryAccess& access, std::size_t size) override;
    std::span<std::uint8_t> place(const MemoryAccess& access, std::size_t size) override;
    MemoryTraffic traffic(MemoryClient client, Ram ram) const override;
    PortArbiter* arbiter() override { return &arbiter_; }

  private:
    MemoryInterface* interface(Ram ram) const {
        return ram == Ram::kPrimary ? primary_ : secondary_;
    }

    MemoryInterface* primary_ = nullptr;
    MemoryInterface* secondary_ = nullptr;
    PortArbiter arbiter_;
};

}  // namespace dla::mcif
