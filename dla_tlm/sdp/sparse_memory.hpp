// SPDX-License-Identifier: Apache-2.0
// Test-only: both memories in one sparse address space of pages; unwritten bytes read 0.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "dla_tlm/common/memory_access.hpp"

namespace dla::sdp {

class SparseMemory : public MemoryInterfaces {
  public:
    bool present(Ram) const override { return true; }
    void read(const MemoryAccess& access, std::span<std::uint8_t> bytes) override {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = at(access.address + i);
    }
    void write(const MemoryAccess& access, std::span<const std::uint8_t> bytes) override {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            at(access.address + i) = bytes[i];
    }
    std::span<const std::uint8_t> view(const MemoryAccess&, std::size_t) override { return {}; }
    MemoryTraffic traffic(MemoryClient, Ram) const override { return {}; }

    std::uint8_t& at(std::uint64_t address) {
        return pages_[address / kPageBytes][address % kPageBytes];
    }
    // Large regions cost nothing: only pages that exist are touched.
    void clear(std::uint64_t address, std::uint64_t size) {
        for (auto& [page, content] : pages_) {
            for (std::size_t i = 0; i < kPageBytes; ++i) {
                const std::uint64_t place = page * kPageBytes + i;
                if (place >= address && place - address < size) content[i] = 0;
            }
        }
    }
    std::vector<std::uint8_t> bytes(std::uint64_t address, std::size_t size) {
        std::vector<std::uint8_t> result(size);
        read({MemoryClient::kSdp, Ram::kPrimary, address, ""}, result);
        return result;
    }

  private:
    static constexpr std::size_t kPageBytes = 4096;
    std::map<std::uint64_t, std::array<std::uint8_t, kPageBytes>> pages_;
};

}  // namespace dla::sdp
