// SPDX-License-Identifier: Apache-2.0
#include "testing/test_memory.hpp"

#include <cstring>

namespace dla::testing {

TestMemory::TestMemory(sc_core::sc_module_name name, const vp::MemoryRegion& region, Dmi dmi)
    : sc_module(name), socket("socket"), region_(region), dmi_(dmi), storage_(region.bytes) {
    socket.register_b_transport(this, &TestMemory::b_transport);
    socket.register_get_direct_mem_ptr(this, &TestMemory::get_direct_mem_ptr);
}

std::span<std::uint8_t> TestMemory::bytes(std::uint64_t address, std::uint64_t size) {
    if (!region_.contains(address, size)) return {};
    return std::span(storage_).subspan(address - region_.base, size);
}

void TestMemory::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& /*delay*/) {
    ++transactions_;
    const std::uint64_t size = payload.get_data_length();
    const auto place = bytes(payload.get_address(), size);
    tlm::tlm_response_status status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (place.size() == size) status = answer ? answer(payload) : tlm::TLM_OK_RESPONSE;
    payload.set_response_status(status);
    if (status != tlm::TLM_OK_RESPONSE) {
        ++errors_;
    } else if (payload.is_write()) {
        std::memcpy(place.data(), payload.get_data_ptr(), size);
    } else {
        std::memcpy(payload.get_data_ptr(), place.data(), size);
    }
}

bool TestMemory::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    if (dmi_ == Dmi::kNo || !region_.contains(payload.get_address(), 1)) return false;
    dmi.set_dmi_ptr(storage_.data());
    dmi.set_start_address(region_.base);
    dmi.set_end_address(region_.base + region_.bytes - 1);
    dmi.allow_read_write();
    return true;
}

}  // namespace dla::testing
