// SPDX-License-Identifier: Apache-2.0
// Memory of the platform: one region of bus addresses, reserved lazily by the host, zero until
// written, reachable through TLM transactions and DMI. An access outside it is an address error.
//
//   Memory dram("dram", {.base = 0x80000000, .bytes = 1ull << 31});
//   dla.dbb.bind(dram.socket);
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <span>
#include <systemc>
#include <vector>

namespace dla::vp {

struct MemoryRegion {
    std::uint64_t base;
    std::uint64_t bytes;

    bool contains(std::uint64_t address, std::uint64_t size) const {
        return address >= base && size <= bytes && address - base <= bytes - size;
    }
};

class Memory : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<Memory> socket;

    Memory(sc_core::sc_module_name name, const MemoryRegion& region);
    ~Memory() override;

    const MemoryRegion& region() const { return region_; }
    // The bytes in place; empty when any of them is outside the region.
    std::span<std::uint8_t> bytes(std::uint64_t address, std::uint64_t size);
    // Everything back to zero.
    void clear();
    // Calls visit(address, bytes) for every stretch of pages that are not all zero.
    void visit_used(
        const std::function<void(std::uint64_t, std::span<const std::uint8_t>)>& visit) const;

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
    std::vector<std::uint64_t> page_table() const;

    MemoryRegion region_;
    std::uint8_t* storage_;
};

}  // namespace dla::vp
