// SPDX-License-Identifier: Apache-2.0
// CDP and CDP_RDMA behind their CSB sockets: move data, keep time, hold the lookup tables. The
// arithmetic is normalize. spec: cdp.md sections 1, 5 and 6.
//
//   CdpRdmaUnit reader("CDP_RDMA", context);
//   CdpUnit cdp("CDP", reader, context);
#pragma once

#include <vector>

#include "dla_tlm/cdp/cdp_kernel.hpp"
#include "dla_tlm/cdp/cdp_op.hpp"
#include "dla_tlm/cdp/cdp_timing.hpp"
#include "dla_tlm/common/handover.hpp"
#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/lut/lut_memory.hpp"

namespace dla::cdp {

class CdpRdmaUnit : public Unit {
  public:
    CdpRdmaUnit(sc_core::sc_module_name name, const UnitContext& context);

    Handover<CdpRdmaOp>& handover() { return handover_; }
    // Of the layer that is lent.
    std::uint64_t layer_enabled_at() const { return enabled_at(registers().consumer()); }
    bool counts_stalls() const;
    void set_read_stall(Cycles stall) { read_stall_ = static_cast<std::uint64_t>(stall); }

  protected:
    void on_reset() override { handover_.reset(); }

  private:
    void run();

    Handover<CdpRdmaOp> handover_;
    std::uint64_t read_stall_ = 0;  // of the layer that is lent
};

class CdpUnit : public Unit {
  public:
    CdpUnit(sc_core::sc_module_name name, CdpRdmaUnit& reader, const UnitContext& context);

    void visit_state(StateVisitor& state) override;

  protected:
    void on_write(std::uint32_t offset, std::uint32_t value) override;
    void on_read(std::uint32_t offset, std::uint32_t& value) override;
    void on_reset() override;

  private:
    void run();
    void run_layer(unsigned group);
    // Some pixels of one line, with all their channels.
    struct Piece {
        unsigned line, first, pixels;
    };

    void run_lines(const CdpOp& op, const CubePlace& src, OperationEvent& event, CdpCounts& counts);
    std::uint64_t start_cycle(const CubePlace& src, unsigned group) const;
    void normalize_piece(const CdpOp& op, const CubePlace& src, const Piece& piece,
                         CdpCounts& counts);
    PixelView fetch(const CdpOp& op, const CubePlace& src, const Piece& piece);
    void set_results(unsigned group, const CdpOp& op, const CdpCounts& counts);

    CdpRdmaUnit& reader_;
    lut::LutMemory lut_{lut::LutPort::kCdp};
    std::uint64_t previous_end_ = 0;  // of the layer before, 0: none
    CdpLayer previous_{};
    std::vector<std::uint8_t> input_;   // one line, surface after surface
    std::vector<std::uint8_t> output_;  // the same
};

}  // namespace dla::cdp
