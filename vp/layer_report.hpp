// SPDX-License-Identifier: Apache-2.0
// Every hardware layer of a run: when, how long, what bounded it, MACs, bytes per port, energy; and
// which of it no RTL was measured for.
//
//   LayerReport report(config);
//   dla.events().attach(report);
//   ... run ...
//   fmt::print("{}{}\n", report.table(), report.summary());       // or report.csv()
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "vp/calibration.hpp"

namespace dla::vp {

// What a layer cost, from the event of its end.
struct LayerCost {
    CycleParts parts{};
    LayerWork work{};
    Reasons reasons{};
    std::string_view unit{};  // a string literal
};
LayerCost cost_of(const OperationEvent& event);
// The layer's words and, where others took part of its port, with whom it was shared.
std::string with_sharing(const std::string& words, const CycleParts& parts);

// The columns of a layer's cost, the same in every table.
class CostColumns {
  public:
    // second_memory: with columns for the second port.
    CostColumns(const HardwareConfig& config, bool second_memory)
        : config_(config), second_memory_(second_memory) {}

    std::string head() const;
    // A bound with a star: not calibrated.
    std::string cells(const LayerCost& cost, double cycles) const;
    // Members of a JSON object, without braces.
    std::string json(const LayerCost& cost, double cycles) const;

  private:
    const HardwareConfig& config_;
    bool second_memory_;
};

// Layers of a run together.
class LayerTotals {
  public:
    explicit LayerTotals(const HardwareConfig& config) : config_(config) {}

    // In order of the ends.
    void add(const LayerCost& cost, std::uint64_t begin, std::uint64_t end);

    std::size_t layers() const { return layers_; }
    const LayerWork& work() const { return work_; }
    std::uint64_t begin() const { return begin_; }
    std::uint64_t end() const { return end_; }
    double cycles() const { return static_cast<double>(end_ - begin_); }
    Reasons reasons() const { return reasons_; }
    // One line: cycles, time, utilisation, bytes per port, energy, bounds of the layers.
    std::string summary() const;
    // Members of a JSON object, without braces.
    std::string json() const;

  private:
    HardwareConfig config_;
    std::size_t layers_ = 0;
    LayerWork work_{};      // of the precision that multiplied last
    double energy_pj_ = 0;  // precisions may differ
    Reasons reasons_{};
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
    std::array<double, kBounds> cycles_by_bound_{};
    std::map<std::string_view, std::uint64_t> reading_until_;  // by unit: end of its last layer
};

class LayerReport : public EventSink {
  public:
    // keep: for table and csv; without it only the totals, in constant memory.
    explicit LayerReport(const HardwareConfig& config, bool keep = true)
        : config_(config), keep_(keep), totals_(config) {}

    void on_operation_end(const OperationEvent& event) override;

    const std::vector<OperationEvent>& layers() const { return layers_; }
    const LayerTotals& totals() const { return totals_; }
    // Operations of the units that do the work of a layer (CSC for a convolution), and their sum.
    std::string table() const;
    // One line and what is not calibrated.
    std::string summary() const;
    // The table's lines as a JSON array of objects.
    std::string json() const;
    // Operations of every unit, one per row.
    std::string csv() const;

  private:
    HardwareConfig config_;
    bool keep_;
    LayerTotals totals_;
    std::vector<OperationEvent> layers_;
};

}  // namespace dla::vp
