// SPDX-License-Identifier: Apache-2.0
// SDP_RDMA behind its CSB socket: lends SDP a layer's source and operands. spec: sdp.md sections
// 2, 4, 12.
//
//   SdpRdmaUnit reader("SDP_RDMA", context);
//   SdpUnit sdp("SDP", reader, ...);
//
// A layer without source and operands in memory ends at once.
#pragma once

#include "dla_tlm/common/handover.hpp"
#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"
#include "dla_tlm/sdp/sdp_op.hpp"
#include "dla_tlm/sdp/sdp_timing.hpp"

namespace dla::sdp {

class SdpRdmaUnit : public Unit {
  public:
    SdpRdmaUnit(sc_core::sc_module_name name, const UnitContext& context);

    // SDP's side: blocks until a layer is there; then ends it with what the source held and how
    // long its readers waited.
    SdpRdmaOp take(unsigned group) { return handover_.take(group); }
    void give_back(const InputCounters& input, const SdpReadStalls& stalls);
    // Of the layer that is lent.
    std::uint64_t layer_enabled_at() const { return enabled_at(registers().consumer()); }

  protected:
    void on_reset() override { handover_.reset(); }

  private:
    void run();
    void check_memories(const SdpRdmaOp& op, unsigned group);
    void set_results(const SdpRdmaOp& op, unsigned group);

    Handover<SdpRdmaOp> handover_;
    InputCounters input_;
    SdpReadStalls stalls_;
};

}  // namespace dla::sdp
