// SPDX-License-Identifier: Apache-2.0
// Every hardware layer of a run: when, how long, what bounded it, MACs, bytes per port, energy.
//
//   LayerReport report(config);
//   dla.events().attach(report);
//   ... run ...
//   fmt::print("{}", report.table());       // or report.csv()
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/hardware_config.hpp"

namespace dla::vp {

class LayerReport : public EventSink {
  public:
    explicit LayerReport(const HardwareConfig& config) : config_(config) {}

    void on_operation_end(const OperationEvent& event) override;

    const std::vector<OperationEvent>& layers() const { return layers_; }
    // Operations of the units that do the work of a layer (CSC for a convolution), and their sum.
    std::string table() const;
    // Operations of every unit, one per row.
    std::string csv() const;

  private:
    HardwareConfig config_;
    std::vector<OperationEvent> layers_;
};

}  // namespace dla::vp
