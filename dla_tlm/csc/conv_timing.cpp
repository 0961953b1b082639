// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/conv_timing.hpp"

#include <algorithm>

#include "dla_tlm/csc/cbuf_room.hpp"

namespace dla::csc {

ConvCycles conv_cycles(const ConvLayer& layer, const HardwareConfig& config,
                       const MemoryTiming& memory, ConsumerPace consumer) {
    const ConvFetch fetch(layer, config, memory);
    ConvPipeline pipeline(layer, config);
    pipeline.slow_down(consumer.cycles_per_pixel);
    pipeline.pace(consumer.pace);
    WeightRoom room(weight_capacity(layer, config), config.primary.width_bytes, memory);
    Cycles weight_done = fetch.weight_done();
    for (unsigned group = 0; group < fetch.amounts().groups; ++group) {
        const std::uint64_t bytes = fetch.amounts().group_bytes(group, layer.kernels_per_group);
        const Cycles weights = room.fetch(bytes, fetch.group_in_cbuf(group));
        weight_done = std::max(weight_done, weights);
        pipeline.begin_group(group, fetch.data_done(), weights);
        pipeline.deliver(fetch.amounts().pixels);
        room.release(bytes, pipeline.weights_free());
    }
    return {.data_done = fetch.data_done(),
            .weight_done = weight_done,
            .first_weights = fetch.group_in_cbuf(0),
            .first_mac = pipeline.first_mac(),
            .last_mac = pipeline.last_mac(),
            .cacc_done = pipeline.last_delivery(),
            .weight_stall = pipeline.weight_stall(),
            .output_stall = pipeline.output_stall()};
}

CycleParts conv_parts(const ConvCycles& cycles, const ConvLayer& layer,
                      const HardwareConfig& config, const MemoryTiming& memory, Cycles end) {
    // The first round trip is latency, whatever it was for.
    const double first_data = memory.read_latency + config.timing.first_weight_request;
    const auto fetched = [&](Cycles in_cbuf) {
        return std::max(0.0, static_cast<double>(in_cbuf) - first_data);
    };
    CycleParts parts{};
    parts.compute = static_cast<double>(conv_mac_cycles(layer, config));
    parts.output = cycles.output_stall + static_cast<double>(cycles.cacc_done - cycles.last_mac);
    parts.data_fetch = fetched(cycles.data_done);
    parts.weight_fetch =
        cycles.weight_stall + std::max(0.0, fetched(cycles.first_weights) - parts.data_fetch);
    parts.latency = std::max(0.0, static_cast<double>(end) - parts.total());
    return parts;
}

std::uint64_t conv_macs(const ConvLayer& layer) {
    const std::uint64_t outputs =
        std::uint64_t{layer.out_width} * layer.out_height * layer.batches * layer.kernels;
    const std::uint64_t kernel =
        std::uint64_t{layer.kernel_width} * layer.kernel_height * layer.channels;
    return outputs * kernel / (layer.winograd ? kWinogradTileOutputs : 1);
}

LayerWork conv_work(const ConvLayer& layer, const HardwareConfig& config, bool data_primary,
                    bool weights_primary) {
    const ConvAmounts a = conv_amounts(layer, config);
    const std::uint64_t beat = config.primary.width_bytes;
    LayerWork work{};
    work.precision = layer.precision;
    work.macs = conv_macs(layer);
    (data_primary ? work.primary : work.secondary).read += a.data_beats * beat;
    (weights_primary ? work.primary : work.secondary).read += a.weight_beats * beat;
    // Filled once; every MAC cycle reads an atom of data, every stripe the weights of its
    // operations.
    const std::uint64_t atom = std::uint64_t{config.atomic_c} * bytes_per_element(layer.precision);
    const std::uint64_t mac_cycles = conv_mac_cycles(layer, config);
    const std::uint64_t stripe_cycles =
        std::max<std::uint64_t>(config.timing.stripe_pixels, config.timing.least_operation_cycles);
    work.cbuf_bytes = (a.data_beats + a.weight_beats) * beat + mac_cycles * atom +
                      ceil_div(mac_cycles, stripe_cycles) * atom * layer.kernels_per_group;
    return work;
}

}  // namespace dla::csc
