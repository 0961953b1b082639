// SPDX-License-Identifier: Apache-2.0
// Test-only: both memories in one sparse address space; unwritten bytes read 0.
#pragma once

#include <map>
#include <vector>

#include "dla_tlm/common/memory_access.hpp"

namespace dla::sdp {

class SparseMemory : public MemoryInterfaces {
  public:
    bool present(Ram) const override { return true; }
    void read(const MemoryAccess& access, std::span<std::uint8_t> bytes) override {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto found = bytes_.find(access.address + i);
            bytes[i] = found == bytes_.end() ? std::uint8_t{0} : found->second;
        }
    }
    void write(const MemoryAccess& access, std::span<const std::uint8_t> bytes) override {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes_[access.address + i] = bytes[i];
    }
    std::span<const std::uint8_t> view(const MemoryAccess&, std::size_t) override { return {}; }
    MemoryTraffic traffic(MemoryClient, Ram) const override { return {}; }

    std::uint8_t& at(std::uint64_t address) { return bytes_[address]; }
    std::vector<std::uint8_t> bytes(std::uint64_t address, std::size_t size) {
        std::vector<std::uint8_t> result(size);
        read({MemoryClient::kSdp, Ram::kPrimary, address, ""}, result);
        return result;
    }

  private:
    std::map<std::uint64_t, std::uint8_t> bytes_;
};

}  // namespace dla::sdp
