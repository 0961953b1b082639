// SPDX-License-Identifier: Apache-2.0
#include "vp/infer/bus_memory.hpp"

#include <fmt/format.h>

namespace dla::vp {
namespace {

constexpr std::uint64_t kPageBytes = 4096;

}  // namespace

Result<std::uint64_t> BusMemory::take(std::uint64_t bytes) {
    const std::uint64_t size =
        (bytes / kPageBytes + (bytes % kPageBytes || bytes == 0)) * kPageBytes;
    std::uint64_t at = region_.base;
    for (const auto& [address, taken] : taken_) {
        if (address - at >= size) break;
        at = address + taken;
    }
    if (!region_.contains(at, size)) {
        return fail(fmt::format(
            "{} bytes in one piece do not fit into what is left of the {} bytes at {:#x}", bytes,
            region_.bytes, region_.base));
    }
    taken_[at] = size;
    return at;
}

std::uint64_t BusMemory::size_at(std::uint64_t address) const {
    const auto found = taken_.find(address);
    return found == taken_.end() ? 0 : found->second;
}

}  // namespace dla::vp
