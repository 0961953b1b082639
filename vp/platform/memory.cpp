// SPDX-License-Identifier: Apache-2.0
#include "vp/platform/memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace dla::vp {
namespace {

constexpr std::uint64_t kPageBytes = 4096;

}  // namespace

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

// The host's word on every page, empty where it does not tell.
std::vector<std::uint64_t> Memory::page_table() const {
    std::vector<std::uint64_t> entries(region_.bytes / kPageBytes);
    const auto first = reinterpret_cast<std::uintptr_t>(storage_) / kPageBytes;
    std::ifstream file("/proc/self/pagemap", std::ios::binary);
    file.seekg(static_cast<std::streamoff>(first * sizeof(entries[0])));
    file.read(reinterpret_cast<char*>(entries.data()),
              static_cast<std::streamsize>(entries.size() * sizeof(entries[0])));
    if (!file || static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) != kPageBytes) entries.clear();
    return entries;
}

void Memory::visit_used(
    const std::function<void(std::uint64_t, std::span<const std::uint8_t>)>& visit) const {
    constexpr std::uint64_t kPresentOrSwapped = std::uint64_t{3} << 62;
    const std::vector<std::uint64_t> table = page_table();
    const std::uint64_t pages = region_.bytes / kPageBytes;
    std::uint64_t first = 0;  // page of the stretch
    for (std::uint64_t page = 0; page <= pages; ++page) {
        const std::uint8_t* place = storage_ + page * kPageBytes;
        const bool there =
            page < pages && (table.empty() || (table[page] & kPresentOrSwapped) != 0);
        if (there && !std::all_of(place, place + kPageBytes, [](auto b) { return b == 0; }))
            continue;
        if (page > first)
            visit(region_.base + first * kPageBytes,
                  {storage_ + first * kPageBytes, (page - first) * kPageBytes});
        first = page + 1;
    }
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
