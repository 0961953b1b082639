// SPDX-License-Identifier: Apache-2.0
// Test-only: plays the memory images and SDP register writes of a single-engine trace (either
// dialect) straight into the datapath, without SystemC, and tells whether the memory agrees.
// Traces need no clock, no interrupt and no order between units for that.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_access.hpp"
#include "dla_tlm/common/register_file.hpp"
#include "dla_tlm/lut/lut_memory.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"

namespace dla::sdp {

// Sparse memory, both RAMs in one address space; unwritten bytes read 0.
class SparseMemory : public MemoryInterfaces {
  public:
    bool present(Ram) const override { return true; }
    void read(const MemoryAccess& access, std::span<std::uint8_t> bytes) override;
    void write(const MemoryAccess& access, std::span<const std::uint8_t> bytes) override;
    std::span<const std::uint8_t> view(const MemoryAccess&, std::size_t) override { return {}; }
    MemoryTraffic traffic(MemoryClient, Ram) const override { return {}; }

    std::uint8_t& at(std::uint64_t address) { return bytes_[address]; }
    std::vector<std::uint8_t> bytes(std::uint64_t address, std::size_t size);

  private:
    std::map<std::uint64_t, std::uint8_t> bytes_;
};

using ProcessFunction = void (*)(const SdpOp&, const lut::Tables&, const Chunk&,
                                 std::span<std::uint8_t>, Counters&);

class TraceFixture {
  public:
    TraceFixture(const std::string& folder, const std::string& config_name,
                 ProcessFunction process);

    // "" or what went wrong first.
    std::string play();
    unsigned layers() const { return layers_; }
    const Counters& counters() const { return counters_; }
    const InputCounters& input() const { return input_; }

  private:
    void play_txn_line(const std::string& line);
    void play_cfg_line(const std::string& line);
    void load(std::uint64_t address, const std::string& file, std::size_t limit);
    void write_register(const std::string& unit, std::uint32_t offset, std::uint32_t value);
    void run_ready_layers();
    void run_layer(unsigned group);
    void compare(std::uint64_t address, std::size_t size, const std::string& file);
    void compare_checksum(std::uint64_t address, std::size_t size, std::uint32_t expected);
    void fail(const std::string& what);

    std::string folder_;
    HardwareConfig config_;
    ProcessFunction process_;
    SparseMemory memory_;
    RegisterFile sdp_;
    RegisterFile rdma_;
    lut::LutMemory lut_;
    std::vector<std::function<void()>> checks_;
    Counters counters_;
    InputCounters input_;
    unsigned layers_ = 0;
    std::string failure_;
};

}  // namespace dla::sdp
