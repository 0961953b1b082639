// SPDX-License-Identifier: Apache-2.0
#include "vp/timing_report/prediction.hpp"

#include <algorithm>

#include "dla_tlm/csc/cbuf_room.hpp"

namespace dla::vp {
namespace {

using Done = std::map<std::string, Cycles>;

// PDP behind SDP, fed line by line.
Cycles fused_pdp_done(const pdp::PdpLayer& layer, const sdp::SdpSchedule& sdp,
                      const HardwareConfig& config, const MemoryTiming& memory, Cycles& sdp_done) {
    pdp::PdpStream stream(layer, config);
    std::uint64_t atoms = 0;
    const std::uint64_t line = layer.width;
    for (std::uint64_t i = 0; i < std::uint64_t{layer.height} * layer.surfaces; ++i) {
        atoms += line;
        sdp_done = stream.accept(line, sdp.output_at(atoms));
    }
    return stream.done(memory);
}

Done predict_convolution(const GoldenRun& run, const HardwareConfig& config) {
    const TraceProgram& p = run.program;
    csc::ConvLayer layer = p.convolutions[0];
    const sdp::SdpLayer& sdp = p.sdps[0].layer;
    layer.operand_beats_ahead = sdp::operand_beats_ahead(sdp, config);
    csc::ConsumerPace consumer{.pace = sdp::memory_cycles_per_pixel(sdp, config, run.memory)};
    if (!p.pdps.empty()) {
        consumer.cycles_per_pixel = pdp::pdp_cycles_per_atom(p.pdps[0].layer, config);
    }
    const csc::ConvCycles conv = csc::conv_cycles(layer, config, run.memory, consumer);
    Done done{{"cdma_dat_0", conv.data_done},
              {"cdma_wt_0", conv.weight_done},
              {"cacc_0", conv.cacc_done},
              {"sdp_0", sdp::sdp_done_after_cacc(conv.cacc_done, sdp, config, run.memory)}};
    if (!p.pdps.empty()) {
        pdp::PdpStream stream(p.pdps[0].layer, config);
        stream.accept(0, done["sdp_0"]);
        done["pdp_0"] = stream.done(run.memory);
    }
    return done;
}

Done predict_sdp(const GoldenRun& run, const HardwareConfig& config) {
    const TraceProgram& p = run.program;
    const sdp::SdpSchedule sdp = sdp::sdp_from_memory(p.sdps[0].layer, config, run.memory);
    Done done{{"sdp_0", sdp.done}};
    if (!p.pdps.empty()) {
        Cycles sdp_done = 0;
        done["pdp_0"] = fused_pdp_done(p.pdps[0].layer, sdp, config, run.memory, sdp_done);
        done["sdp_0"] = sdp_done;
    }
    return done;
}

// One convolution of a pair, in absolute cycles.
struct PlacedLayer {
    csc::ConvLayer layer;
    csc::ConvFetch fetch;
    Cycles start;  // as if its CDMA had been enabled then

    Cycles data_done() const { return start + fetch.data_done(); }
    Cycles weight_done() const { return start + fetch.weight_done(); }
};

// Last weights of the layer in CBUF.
Cycles run_groups(const PlacedLayer& placed, Cycles data_done, csc::WeightRoom& room,
                  csc::ConvPipeline& pipeline) {
    Cycles weights = 0;
    const csc::ConvAmounts& amounts = placed.fetch.amounts();
    for (unsigned group = 0; group < amounts.groups; ++group) {
        const std::uint64_t bytes = amounts.group_bytes(group, placed.layer.kernels_per_group);
        weights = placed.start + placed.fetch.group_in_cbuf(group);
        if (!placed.layer.weight_reuse) weights = room.fetch(bytes, weights);
        pipeline.begin_group(group, data_done, weights);
        pipeline.deliver(amounts.pixels);
        if (!placed.layer.keep_weights) room.release(bytes, pipeline.weights_free());
    }
    return std::max(weights, placed.weight_done());
}

// Lines of the second layer that find no room beside the first one's.
unsigned lines_without_room(const PlacedLayer& first, const PlacedLayer& second,
                            const HardwareConfig& config) {
    const csc::ConvLayer& layer = second.layer;
    const std::uint64_t entries = std::uint64_t{layer.data_banks} * config.cbuf.entries_per_bank;
    const std::uint64_t taken = std::uint64_t{first.layer.entries_per_line} * first.layer.height;
    const std::uint64_t lines = (entries - std::min(entries, taken)) / layer.entries_per_line;
    if (layer.data_reuse || lines >= layer.height) return 0;
    return layer.height - static_cast<unsigned>(lines);
}

Done predict_two_convolutions(const GoldenRun& run, const HardwareConfig& config) {
    constexpr Cycles kEnableWrites = 15;  // first enable write of a layer to CDMA's
    constexpr Cycles kNextFetch = 13;     // both streams done to a next layer's virtual enable
    const TraceProgram& p = run.program;
    const PlacedLayer first{p.convolutions[0],
                            {p.convolutions[0], config, run.memory},
                            run.first_enable + kEnableWrites};
    PlacedLayer second{p.convolutions[1], {p.convolutions[1], config, run.memory}, 0};
    csc::WeightRoom room(csc::weight_capacity(first.layer, config), config.primary.width_bytes,
                         run.memory);
    csc::ConvPipeline first_pipeline(first.layer, config);
    const Cycles first_weights = run_groups(first, first.data_done(), room, first_pipeline);
    second.start = std::max<Cycles>(0, std::max(first.data_done(), first_weights) - kNextFetch);
    Cycles data_done = second.data_done();
    const unsigned late = lines_without_room(first, second, config);
    if (late > 0) {
        data_done =
            std::max(data_done, second.fetch.data_after_room(first_pipeline.data_free(), late));
    }
    csc::ConvPipeline second_pipeline(second.layer, config, first_pipeline);
    const Cycles second_weights = run_groups(second, data_done, room, second_pipeline);
    const auto sdp_done = [&](const csc::ConvPipeline& pipeline, const sdp::SdpLayer& layer) {
        return sdp::sdp_done_after_cacc(pipeline.last_delivery(), layer, config, run.memory);
    };
    return {{"cdma_dat_0", first.data_done()},
            {"cdma_wt_0", first_weights},
            {"cacc_0", first_pipeline.last_delivery()},
            {"sdp_0", sdp_done(first_pipeline, p.sdps[0].layer)},
            {"cdma_dat_1", data_done},
            {"cdma_wt_1", second_weights},
            {"cacc_1", second_pipeline.last_delivery()},
            {"sdp_1", sdp_done(second_pipeline, p.sdps[1].layer)}};
}

Done predict_two_sdps(const GoldenRun& run, const HardwareConfig& config) {
    constexpr Cycles kEnableWrites = 6;  // first enable write of a layer to its last
    const TraceProgram& p = run.program;
    const Cycles first = run.first_enable + kEnableWrites +
                         sdp::sdp_from_memory(p.sdps[0].layer, config, run.memory).done;
    return {{"sdp_0", first},
            {"sdp_1", sdp::sdp_done_after_sdp(first, p.sdps[1].layer, config, run.memory)}};
}

}  // namespace

std::map<std::string, Cycles> predict(const GoldenRun& run, const HardwareConfig& config) {
    const TraceProgram& p = run.program;
    if (run.kind == "conv2") return predict_two_convolutions(run, config);
    if (run.kind == "sdp2") return predict_two_sdps(run, config);
    if (!p.convolutions.empty()) return predict_convolution(run, config);
    if (!p.sdps.empty()) return predict_sdp(run, config);
    if (!p.pdps.empty()) {
        return {{"pdp_0", pdp::pdp_from_memory(p.pdps[0].layer, config, run.memory).done}};
    }
    return {{"cdp_0", cdp::cdp_from_memory(p.cdps[0], config, run.memory).done}};
}

double error_percent(const GoldenRun& run, const HardwareConfig& config) {
    const auto last =
        std::ranges::max_element(run.done, {}, [](const auto& unit) { return unit.second; });
    const std::map<std::string, Cycles> predicted = predict(run, config);
    const auto found = predicted.find(last->first);
    if (found == predicted.end()) return 100;
    return 100.0 * static_cast<double>(found->second - last->second) /
           static_cast<double>(run.length());
}

}  // namespace dla::vp
