// SPDX-License-Identifier: Apache-2.0
#include "vp/timing_report/prediction.hpp"

#include <algorithm>

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
    csc::ConsumerPace consumer{.pace = sdp::operand_cycles_per_pixel(sdp, config, run.memory)};
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

}  // namespace

std::map<std::string, Cycles> predict(const GoldenRun& run, const HardwareConfig& config) {
    const TraceProgram& p = run.program;
    if (run.kind == "conv2" || run.kind == "sdp2") return {};
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
