// SPDX-License-Identifier: Apache-2.0
// Takes the result of every hardware layer from memory at the moment its unit completes it, before
// a later layer can reuse the place.
//
//   LayerWatch watch(task, atom_bytes, memory);
//   dla.events().attach(watch);  ...  watch.outputs()[operation]
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "dla_tlm/common/events.hpp"
#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/show/npy.hpp"
#include "vp/layer_report.hpp"

namespace dla::vp {

struct LayerOutput {
    std::uint32_t crc32 = 0;  // of the packed cube, of a batch's images behind each other
    runtime::LayerArray array{};
};

class LayerWatch : public EventSink {
  public:
    using Progress = std::function<void(std::size_t done, std::size_t all)>;

    LayerWatch(const runtime::DlaTask& task, unsigned atom_bytes, runtime::TaskMemory memory,
               Progress progress);

    void on_operation_end(const OperationEvent& event) override;

    // By operation; nothing for layers that write no cube or did not end.
    const std::vector<std::optional<LayerOutput>>& outputs() const { return outputs_; }
    // By operation.
    const std::vector<LayerCost>& costs() const { return costs_; }

  private:
    std::optional<LayerOutput> output_of(const runtime::Operation& op) const;
    bool is_operation(int index) const;
    void note_convolution(const OperationEvent& event);

    const runtime::DlaTask& task_;
    unsigned atom_bytes_;
    runtime::TaskMemory memory_;
    Progress progress_;
    std::array<int, runtime::kOpTypes> next_{};  // of each type, in program order
    int next_cost_;                              // convolution whose MAC work ends next
    std::size_t done_ = 0;
    std::vector<std::optional<LayerOutput>> outputs_;
    std::vector<LayerCost> costs_;
};

}  // namespace dla::vp
