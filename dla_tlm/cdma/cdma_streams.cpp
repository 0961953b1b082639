// SPDX-License-Identifier: Apache-2.0
// When CDMA's two streams end: as planned, or later where CBUF had no room or the port was shared.
#include <algorithm>

#include "dla_tlm/cdma/cdma_unit.hpp"

namespace dla::cdma {
namespace {

// Weights that waited for space are complete so many cycles after the release, beyond the read
// latency.
constexpr std::uint64_t kStallTail = 40;

}  // namespace

void CdmaUnit::open_flows() {
    Layer& layer = *layer_;
    const csc::ConvFetch& plan = layer.plan;
    const std::uint64_t beat = config().primary.width_bytes;
    const auto first = static_cast<double>(plan.first_request());
    const auto open = [&](MemoryClient client, Ram ram, std::uint64_t beats, double last,
                          double alone, std::uint64_t request) {
        FlowPlan flow{first, std::max(first, last) + 1, {}, alone + 1};
        if (beats > 0)
            flow.traffic.push_back({.client = client,
                                    .ram = ram,
                                    .read_bytes = beats * beat,
                                    .request_bytes = request});
        return std::make_shared<PortFlow>(memory().arbiter(), clock(), layer.begin, std::move(flow),
                                          Pipeline::kConvolution);
    };
    const std::uint64_t data = plan.amounts().data_beats;
    layer.data_flow = open(MemoryClient::kCdmaData, layer.op.data_ram, data, plan.data_requested(),
                           plan.data_alone(), data * beat / std::max(1u, layer.op.height));
    // Weights are one run of bytes: every burst is as long as the port allows.
    layer.weight_flow =
        open(MemoryClient::kCdmaWeight, layer.op.weight_ram, plan.amounts().weight_beats,
             plan.weights_requested(), plan.weights_alone(), plan.amounts().weight_beats * beat);
}

std::uint64_t CdmaUnit::wait_for_data_end(const Stall& stall) {
    const Layer& layer = *layer_;
    if (!timing().enabled) {
        const std::uint64_t end = std::max(layer.begin + TimingMode::kTokenCycles, stall.cycle);
        clock().wait_until(end);
        return end;
    }
    auto progress = static_cast<std::uint64_t>(layer.plan.data_done());
    if (stall.cycle != 0) {
        const auto room = static_cast<Cycles>(layer.data_flow->progress_at(stall.cycle));
        const Cycles late =
            layer.plan.data_after_room(room, stall.slices_left * layer.op.lines_per_slice());
        progress = std::max(progress, static_cast<std::uint64_t>(late));
    }
    return layer.data_flow->wait_until(progress);
}

std::uint64_t CdmaUnit::wait_for_weights_end(std::uint64_t stalled) {
    const Layer& layer = *layer_;
    if (!timing().enabled) {
        const std::uint64_t end = std::max(layer.begin + 2 * TimingMode::kTokenCycles, stalled);
        clock().wait_until(end);
        return end;
    }
    auto progress = static_cast<std::uint64_t>(layer.plan.weight_done());
    if (stalled != 0) {
        const std::uint64_t room = layer.weight_flow->progress_at(stalled);
        progress = std::max(progress, room + read_latency(layer.op.weight_ram) + kStallTail);
    }
    return layer.weight_flow->wait_until(progress);
}

}  // namespace dla::cdma
