// SPDX-License-Identifier: Apache-2.0
// PDP and PDP_RDMA behind their CSB sockets: move data, keep time. The arithmetic is pool_lines.
// spec: pdp.md sections 1 and 7.
//
//   PdpRdmaUnit reader("PDP_RDMA", context);
//   PdpUnit pdp("PDP", reader, sdp_to_pdp, context);
//
// Off line PDP waits for a layer of PDP_RDMA, on the fly for chunks of SDP.
#pragma once

#include <functional>
#include <vector>

#include "dla_tlm/common/chunks.hpp"
#include "dla_tlm/common/handover.hpp"
#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/pdp/pdp_kernel.hpp"
#include "dla_tlm/pdp/pdp_op.hpp"
#include "dla_tlm/pdp/pdp_timing.hpp"

namespace dla::pdp {

class PdpRdmaUnit : public Unit {
  public:
    PdpRdmaUnit(sc_core::sc_module_name name, const UnitContext& context);

    Handover<PdpRdmaOp>& handover() { return handover_; }
    // Of the layer that is lent.
    std::uint64_t layer_enabled_at() const { return enabled_at(registers().consumer()); }
    bool counts_stalls() const;
    void set_read_stall(Cycles stall) { read_stall_ = static_cast<std::uint64_t>(stall); }

  protected:
    void on_reset() override { handover_.reset(); }

  private:
    void run();

    Handover<PdpRdmaOp> handover_;
    std::uint64_t read_stall_ = 0;  // of the layer that is lent
};

class PdpUnit : public Unit {
  public:
    PdpUnit(sc_core::sc_module_name name, PdpRdmaUnit& reader, PoolingLink& from_sdp,
            const UnitContext& context);

    void visit_state(StateVisitor& state) override;

  protected:
    void on_reset() override { previous_end_ = 0; }

  private:
    struct Statistics {
        SpecialCounts in;
        SpecialCounts out;
        std::uint64_t bytes = 0;
        CycleParts parts{};
        LayerWork work{};
    };
    // Within a surface.
    struct Progress {
        unsigned received = 0;  // input lines
        unsigned dropped = 0;   // of them, that no later window needs
        unsigned written = 0;   // output lines
    };
    using Wrote = std::function<void(unsigned lines)>;

    void run();
    void run_layer(unsigned group);
    void run_from_memory(const PdpOp& op, unsigned group, Statistics& statistics);
    void run_on_the_fly(const PdpOp& op, unsigned group, Statistics& statistics);

    std::uint64_t start_cycle(const PdpRdmaOp& source, unsigned group) const;
    void pool_surface(const PdpOp& op, const CubePlace& src, unsigned surface,
                      Statistics& statistics, const Wrote& wrote);
    void count_inputs(const PdpOp& op, const PlaneView& plane, unsigned first, unsigned end,
                      Statistics& statistics);
    void write_ready(const PdpOp& op, const PlaneView& plane, unsigned surface, Progress& progress,
                     Statistics& statistics, const Wrote& wrote);
    void drop_lines(const PdpOp& op, Progress& progress);
    void accept_chunk(const PdpOp& op, const PoolingChunk& chunk, unsigned group);
    void write_lines(const PdpOp& op, const PlaneView& plane, unsigned surface, unsigned first,
                     unsigned lines, Statistics& statistics);
    void set_results(unsigned group, const Statistics& statistics);

    PdpRdmaUnit& reader_;
    PoolingLink& from_sdp_;
    std::uint64_t previous_end_ = 0;    // of the layer before, 0: none
    std::vector<std::uint8_t> plane_;   // input lines of the current surface
    std::vector<std::uint8_t> output_;  // some output lines
};

}  // namespace dla::pdp
