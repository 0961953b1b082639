// SPDX-License-Identifier: Apache-2.0
// SDP behind its CSB socket: from CACC or memory, through the kernel, to memory or PDP.
// spec: sdp.md sections 2, 7.1, 9, 11.
//
//   SdpRdmaUnit reader("SDP_RDMA", context);
//   SdpUnit sdp("SDP", reader, cacc_to_sdp, sdp_to_pdp, context);
#pragma once

#include <optional>

#include "dla_tlm/common/chunks.hpp"
#include "dla_tlm/common/port_arbiter.hpp"
#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/lut/lut_memory.hpp"
#include "dla_tlm/sdp/held_lookups.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"
#include "dla_tlm/sdp/sdp_memory.hpp"
#include "dla_tlm/sdp/sdp_rdma_unit.hpp"
#include "dla_tlm/sdp/sdp_timing.hpp"

namespace dla::sdp {

class SdpUnit : public Unit {
  public:
    SdpUnit(sc_core::sc_module_name name, SdpRdmaUnit& reader, AccumulatorLink& from_cacc,
            PoolingLink& to_pdp, const UnitContext& context);

    void visit_state(StateVisitor& state) override;

  protected:
    void on_write(std::uint32_t offset, std::uint32_t value) override;
    void on_read(std::uint32_t offset, std::uint32_t& value) override;
    void on_reset() override;

  private:
    // What a layer works with from its beginning to its end.
    struct Layer {
        SdpOp op;
        unsigned group;
        SdpLayer timing;
        MemoryTiming memory;
        std::optional<LayerReader> reader;
        LayerWriter writer;
        Counters counters;
        Counters last_lookups{};  // of the elements of its last clock
        LayerWork work{};
        CycleParts parts{};
        bool count_stalls = false;
        SdpReadStalls stalls{};
        std::optional<SdpRdmaOp> source{};  // where it reads anything
        std::uint64_t lines_done = 0;       // over surfaces and batches

        std::uint64_t all_lines() const {
            return std::uint64_t{op.shape.surfaces()} * op.shape.height * op.shape.batches;
        }
    };

    void run();
    void run_layer(unsigned group);
    Layer begin_layer(unsigned group);
    void advise(const std::string& words);
    SdpRdmaOp take_reader_layer(const SdpOp& op, unsigned group);
    // Both return the cycle in which the layer is done.
    std::uint64_t run_from_memory(Layer& layer);
    std::uint64_t run_from_cacc(Layer& layer);
    std::uint64_t start_cycle(const Layer& layer, Cycles alone) const;
    // The result stays valid until the next call.
    std::span<std::uint8_t> process_lines(Layer& layer, const Lines& lines,
                                          const AccumulatorView& accumulators);
    bool writes_in_place(const Layer& layer) const;
    // ready_cycle: when they left the pipeline.
    void send_lines(Layer& layer, const Lines& lines, std::span<const std::uint8_t> result,
                    std::uint64_t ready_cycle);
    std::vector<ClientTraffic> traffic_of(const Layer& layer, std::uint64_t lines) const;
    void give_back(const Layer& layer);
    void check_chunk(const Layer& layer, const AccumulatorChunk& chunk);
    void count_idle_lookups(Layer& layer, Cycles last_output);
    void set_results(const Layer& layer);

    SdpRdmaUnit& reader_;
    AccumulatorLink& from_cacc_;
    PoolingLink& to_pdp_;
    lut::LutMemory lut_{lut::LutPort::kSdp};
    HeldLookups held_lookups_;
    std::uint64_t previous_end_ = 0;
};

}  // namespace dla::sdp
