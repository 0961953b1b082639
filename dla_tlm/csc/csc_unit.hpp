// SPDX-License-Identifier: Apache-2.0
// CSC: takes a layer's data and weights out of CBUF, has them multiplied kernel group by kernel
// group, and releases them. spec: conv-pipeline.md sections 2 and 5.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dla_tlm/cdma/conv_buffer.hpp"
#include "dla_tlm/cmac/mac_chunk.hpp"
#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/common/worker_pool.hpp"
#include "dla_tlm/csc/conv_op.hpp"
#include "dla_tlm/csc/conv_timing.hpp"
#include "dla_tlm/csc/input_layer.hpp"
#include "dla_tlm/csc/weight_panel.hpp"
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
        unsigned lines_per_chunk;
    };
    using Sums = std::vector<std::shared_ptr<cmac::MacSums>>;  // per piece of lines and batch item

    void run();
    void begin_layer(unsigned group);
    cdma::LayerFetch& wait_for_fetch(unsigned group, std::uint64_t number);
    void refuse(unsigned group, const std::string& reason);
    void wait_for_data();
    void load_input();
    void end_layer();
    OperationEvent end_event(std::uint64_t data_cycle);

    // Runs as many groups at once as CBUF holds weights for; returns their number.
    unsigned run_groups(unsigned first);
    unsigned wait_for_weights(unsigned first);
    std::string missing_weights(unsigned group) const;
    Sums multiply(GroupRange groups);
    Sums multiply_fp16(unsigned group);
    void deliver(GroupRange groups, unsigned group, const Sums& sums);
    void release_weights(unsigned group);
    std::uint64_t weights_cycle(unsigned group) const;
    std::uint64_t delivery_cycle(std::uint64_t pixels, bool last);
    unsigned pieces() const;
    WorkerPool* pool();

    Ports ports_;
    std::optional<Layer> layer_;
    std::optional<ConvPipeline> previous_;
    std::uint64_t layers_ = 0;
    WeightReader weights_;
    InputLayer input_;
    WeightPanel panel_;
    std::unique_ptr<WorkerPool> pool_;
};

}  // namespace dla::csc
