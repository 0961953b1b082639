// SPDX-License-Identifier: Apache-2.0
#include "vp/platform/memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstring>
#include <stdexcept>

namespace dla::vp {

Memory::Memory(sc_core::sc_module_name name, const MemoryRegion& region)
    : sc_module(name), socket("socket"), region_(region) {
    void* mapped = mmap(nullptr, region.bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) {
        throw std::runtime_error(fmt::format("{}: {} bytes of address space cannot be reserved: {}",
                                             this->name(), region.bytes, std::strerror(errno)));
    }
    storage_ = static_cast<std::uint8_t*>(mapped);
    socket.register_b_transport(this, &Memory::b_transport);
    socket.register_transport_dbg(this, &Memory::transport_dbg);
    socket.register_get_direct_mem_ptr(this, &Memory::get_direct_mem_ptr);
}

Memory::~Memory() {
    munmap(storage_, region_.bytes);
}

std::span<std::uint8_t> Memory::bytes(std::uint64_t address, std::uint64_t size) {
    if (!region_.contains(address, size)) return {};
    return {storage_ + (address - region_.base), size};
}

void Memory::clear() {
    madvise(storage_, region_.bytes, MADV_DONTNEED);
}

void Memory::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& /*delay*/) {
    const unsigned size = payload.get_data_length();
    const auto place = bytes(payload.get_address(), size);
    if (place.size() != size || size == 0) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    const unsigned char* enables = payload.get_byte_enable_ptr();
    const unsigned enable_length = payload.get_byte_enable_length();
    for (unsigned i = 0; enables != nullptr && i < size; ++i) {
        if (enables[i % enable_length] != TLM_BYTE_ENABLED) continue;
        if (payload.is_write()) place[i] = payload.get_data_ptr()[i];
        if (payload.is_read()) payload.get_data_ptr()[i] = place[i];
    }
    if (enables == nullptr && payload.is_write()) {
        std::memcpy(place.data(), payload.get_data_ptr(), size);
    } else if (enables == nullptr && payload.is_read()) {
        std::memcpy(payload.get_data_ptr(), place.data(), size);
    }
    payload.set_dmi_allowed(true);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned Memory::transport_dbg(tlm::tlm_generic_payload& payload) {
    sc_core::sc_time no_delay;
    b_transport(payload, no_delay);
    return payload.is_response_ok() ? payload.get_data_length() : 0;
}

bool Memory::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    if (!region_.contains(payload.get_address(), 1)) return false;
    dmi.set_dmi_ptr(storage_);
    dmi.set_start_address(region_.base);
    dmi.set_end_address(region_.base + region_.bytes - 1);
    dmi.allow_read_write();
    return true;
}

}  // namespace dla::vp
