// SPDX-License-Identifier: Apache-2.0
// Test-only: plays the memory images and SDP register writes of a single-engine trace straight into
// the datapath, without SystemC, and tells whether the memory agrees. Such traces need no clock, no
// interrupt and no order between units for that.
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/register_file.hpp"
#include "dla_tlm/lut/lut_memory.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"
#include "dla_tlm/sdp/sparse_memory.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::sdp {

using ProcessFunction = void (*)(const SdpOp&, const lut::Tables&, const Chunk&,
                                 std::span<std::uint8_t>, Counters&);

class TraceFixture {
  public:
    // folder: input.txn or <name of the folder>.cfg is in it.
    TraceFixture(const std::string& folder, const std::string& config_name,
                 ProcessFunction process);

    // "" or what went wrong first.
    std::string play();
    unsigned layers() const { return layers_; }
    const Counters& counters() const { return counters_; }

  private:
    void act(const trace::WriteRegister& write);
    void act(const trace::LoadMemory& load);
    void act(const trace::FillMemory& fill);
    void act(const trace::CompareMemory& compare);
    void act(const trace::CheckCrc& check);
    template <class Other>
    void act(const Other&) {}

    void run_ready_layers();
    void run_layer(unsigned group);
    void fail(const std::string& what);

    std::string folder_;
    HardwareConfig config_;
    ProcessFunction process_;
    trace::Trace trace_;
    SparseMemory memory_;
    RegisterFile sdp_;
    RegisterFile rdma_;
    lut::LutMemory lut_;
    std::vector<trace::CheckCrc> checks_;
    Counters counters_;
    unsigned layers_ = 0;
    std::string failure_;
};

}  // namespace dla::sdp
