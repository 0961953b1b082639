// SPDX-License-Identifier: Apache-2.0
// CACC: clips finished sums and hands them to SDP, surface after surface. spec: conv-pipeline.md
// section 8.
#pragma once

#include <optional>

#include "dla_tlm/cacc/cacc_op.hpp"
#include "dla_tlm/cmac/mac_chunk.hpp"
#include "dla_tlm/common/aligned_buffer.hpp"
#include "dla_tlm/common/chunks.hpp"
#include "dla_tlm/common/recycler.hpp"
#include "dla_tlm/common/unit.hpp"

namespace dla::cacc {

class CaccUnit : public Unit {
  public:
    struct Ports {
        cmac::MacLink& from_cmac_a;
        cmac::MacLink& from_cmac_b;
        AccumulatorLink& to_sdp;
        cmac::DeliveryPace& pace;
    };

    CaccUnit(sc_core::sc_module_name name, const Ports& ports, const UnitContext& context);

    // The sums it holds until their delivery, as they come out of the MAC array; null when it holds
    // none.
    cmac::MacChunk* assembly() { return assembly_ ? &*assembly_ : nullptr; }

  protected:
    void on_reset() override { assembly_.reset(); }

  private:
    void run();
    CaccOp begin_layer(unsigned group);
    void check(const CaccOp& op, const cmac::MacChunk& chunk, unsigned group);
    void deliver_chunk(const CaccOp& op, unsigned group);
    // Values and their storage; counts what saturated.
    void deliver_values(const CaccOp& op, const cmac::MacChunk& chunk, AccumulatorChunk& out);

    Ports ports_;
    std::optional<cmac::MacChunk> assembly_;
    std::uint64_t saturated_ = 0;
    Recycler<AlignedBuffer<std::int32_t>> delivered_;
};

}  // namespace dla::cacc
