// SPDX-License-Identifier: Apache-2.0
// CSC: takes a layer's data and weights out of CBUF, has them multiplied kernel group by kernel
// group, and releases them. spec: conv-pipeline.md sections 2 and 5.
#pragma once

#include <optional>

#include "dla_tlm/cdma/conv_buffer.hpp"
#include "dla_tlm/cmac/mac_chunk.hpp"
#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/csc/conv_op.hpp"
#include "dla_tlm/csc/conv_timing.hpp"
#include "dla_tlm/csc/group_run.hpp"
#include "dla_tlm/csc/input_layer.hpp"
#include "dla_tlm/csc/weight_reader.hpp"

namespace dla::csc {

class CscUnit : public Unit {
  public:
    struct Ports {
        cdma::ConvBuffer& buffer;
        cmac::MacLink& to_cmac_a;
        cmac::MacLink& to_cmac_b;
        cmac::DeliveryPace& pace;
    };

    CscUnit(sc_core::sc_module_name name, const Ports& ports, const UnitContext& context);

    void visit_state(StateVisitor& state) override;
    std::string busy() const override;

  protected:
    void on_reset() override;

  private:
    struct Layer {
        ConvOp op;
        unsigned group;
        std::uint64_t number;
        std::uint64_t begin;  // CDMA's cycle 0
        ConvLayer amounts;
        Ram data_ram;
        Ram weight_ram;
        ConvFetch plan;
        ConvPipeline pipeline;
        WorkerPool& pool;
        unsigned lines_per_chunk;
    };

    void run();
    void begin_layer(unsigned group);
    cdma::LayerFetch& wait_for_fetch(unsigned group, std::uint64_t number);
    void report_field(const std::string& words);  // that begin with the field's name
    void refuse(unsigned group, const std::string& reason);
    void wait_for_data();
    void load_input();
    void end_layer();
    OperationEvent end_event(const cdma::LayerFetch& fetch);

    // Runs as many groups at once as CBUF holds weights for; returns their number.
    unsigned run_groups(unsigned first);
    unsigned wait_for_weights(unsigned first);
    std::string missing_weights(unsigned group) const;
    void deliver(unsigned group);
    static void let_chunks_pass();
    void release_weights(unsigned group);
    // When the group's weights arrive if there is room for them.
    std::uint64_t planned_weights(const cdma::LayerFetch& fetch, unsigned group) const;
    std::uint64_t weights_cycle(unsigned group);
    std::uint64_t delivery_cycle(std::uint64_t pixels, bool last);

    Ports ports_;
    std::optional<Layer> layer_;
    std::optional<ConvPipeline> previous_;
    std::uint64_t layers_ = 0;
    WeightReader weights_;
    InputLayer input_;
    GroupRun group_run_;  // behind what its tasks work on
};

}  // namespace dla::csc
