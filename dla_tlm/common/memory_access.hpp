// SPDX-License-Identifier: Apache-2.0
// How units reach memory: a client name, which memory, an address, bytes. Functional and immediate;
// the time it takes is a matter of the timing functions. spec: memory-interfaces.md.
//
//   memory.read({MemoryClient::kPdp, Ram::kPrimary, address, "D_SRC_BASE_ADDR"}, line);
//
// An address outside the memory is reported with unit and register; a read gives zeros, a write
// vanishes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace dla {

enum class MemoryClient : std::uint8_t {
    kBdma,
    kSdp,
    kPdp,
    kCdp,
    kRubik,
    kSdpBs,
    kSdpBn,
    kSdpEw,
    kCdmaData,
    kCdmaWeight
};
constexpr std::size_t kMemoryClients = 10;

const char* name_of(MemoryClient client);

class ClientSet {
  public:
    void add(MemoryClient client) { bits_ |= 1u << static_cast<unsigned>(client); }
    bool has(MemoryClient client) const {
        return (bits_ >> static_cast<unsigned>(client) & 1u) != 0;
    }
    bool empty() const { return bits_ == 0; }
    ClientSet& operator|=(ClientSet other) {
        bits_ |= other.bits_;
        return *this;
    }
    std::string words() const;  // "BDMA, PDP"; empty for none

  private:
    unsigned bits_ = 0;
};

// Register encoding of every RAM_TYPE field: 0 second memory (CVSRAM), 1 main memory.
enum class Ram : std::uint8_t { kSecondary = 0, kPrimary = 1 };

struct MemoryAccess {
    MemoryClient client;
    Ram ram;
    std::uint64_t address;
    const char* address_register;  // named when the address is wrong
};

// Bytes moved by one client through one port since reset.
struct MemoryTraffic {
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
};

// Beats that SDP_RDMA requests from a cycle on.
struct OperandsAhead {
    std::uint64_t cycle = 0;
    std::uint64_t beats = 0;

    // Still to be requested when another client begins; its first requests come a little later.
    std::uint64_t pending_at(std::uint64_t other_begin) const {
        constexpr std::uint64_t kFirstRequests = 40;
        const std::uint64_t passed = other_begin - cycle;
        if (other_begin < cycle || passed < kFirstRequests) return beats;
        return passed < beats ? beats - passed : 0;
    }
};

class PortArbiter;

class MemoryInterfaces {
  public:
    virtual ~MemoryInterfaces() = default;

    // false: this configuration has no such memory; a request to it is never answered.
    virtual bool present(Ram ram) const = 0;
    virtual void read(const MemoryAccess& access, std::span<std::uint8_t> bytes) = 0;
    virtual void write(const MemoryAccess& access, std::span<const std::uint8_t> bytes) = 0;

    // The bytes in place, or empty where memory cannot be reached directly; counts as a read.
    virtual std::span<const std::uint8_t> view(const MemoryAccess& access, std::size_t size) = 0;

    // Where the bytes go, to be filled before anything else happens, or empty where memory cannot
    // be reached directly or somebody watches; counts as a write.
    virtual std::span<std::uint8_t> place(const MemoryAccess& /*access*/, std::size_t /*size*/) {
        return {};
    }

    virtual MemoryTraffic traffic(MemoryClient client, Ram ram) const = 0;

    // How layers share the ports; null: each has them to itself.
    virtual PortArbiter* arbiter() { return nullptr; }

    // SDP reads operands ahead of its layer; CDMA's requests wait behind those beats.
    void announce_operands(const OperandsAhead& operands) { operands_ahead_ = operands; }
    const OperandsAhead& operands_ahead() const { return operands_ahead_; }

  private:
    OperandsAhead operands_ahead_;
};

}  // namespace dla
