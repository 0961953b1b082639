// SPDX-License-Identifier: Apache-2.0
// Memory for tests: on the heap, so that sanitizers see an access beyond it; grants DMI or not, and
// answers with an error where the test says so.
//
//   TestMemory memory("memory", {.base = 0x80000000, .bytes = 1 << 20}, TestMemory::Dmi::kNo);
//   memory.answer = [](const auto& payload) { return payload.get_address() == bad ? error : ok; };
//   dla.dbb.bind(memory.socket);
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <span>
#include <systemc>
#include <vector>

#include "vp/platform/memory.hpp"

namespace dla::testing {

class TestMemory : public sc_core::sc_module {
  public:
    enum class Dmi : std::uint8_t { kYes, kNo };

    tlm_utils::simple_target_socket<TestMemory> socket;
    // Of every transaction inside the region; empty: always TLM_OK_RESPONSE.
    std::function<tlm::tlm_response_status(const tlm::tlm_generic_payload&)> answer;

    TestMemory(sc_core::sc_module_name name, const vp::MemoryRegion& region, Dmi dmi);

    // Empty when any of them is outside the region.
    std::span<std::uint8_t> bytes(std::uint64_t address, std::uint64_t size);
    std::uint64_t transactions() const { return transactions_; }
    std::uint64_t errors() const { return errors_; }

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

    vp::MemoryRegion region_;
    Dmi dmi_;
    std::vector<std::uint8_t> storage_;
    std::uint64_t transactions_ = 0;
    std::uint64_t errors_ = 0;
};

}  // namespace dla::testing
