// SPDX-License-Identifier: Apache-2.0
#include "vp/layer_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dla::vp {
namespace {

constexpr double kPicojoulesPerMicrojoule = 1e6;

double cycles_of(const OperationEvent& layer) {
    return static_cast<double>(layer.end - layer.begin);
}

std::string bound_words(const OperationEvent& layer) {
    return layer.parts.total() > 0 ? name_of(bound_of(layer.parts)) : "";
}

// Commas and quotes of the operation's words stay inside their cell.
std::string quoted(const std::string& words) {
    std::string text = "\"";
    for (const char c : words) {
        if (c == '"') text += '"';
        text += c;
    }
    return text + "\"";
}

bool does_work(const OperationEvent& layer) {
    return layer.parts.total() > 0;
}

}  // namespace

void LayerReport::on_operation_end(const OperationEvent& event) {
    layers_.push_back(event);
}

std::string LayerReport::table() const {
    std::string text =
        fmt::format("{:<5} {:>10} {:>9} {:<12} {:>6} {:>10} {:>10} {:>9}  {}\n", "unit", "begin",
                    "cycles", "bound", "MAC %", "read B", "written B", "energy uJ", "layer");
    LayerWork all{};
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    for (const OperationEvent& layer : layers_) {
        if (!does_work(layer)) continue;
        const LayerWork& work = layer.work;
        text += fmt::format("{:<5} {:>10} {:>9} {:<12} {:>6.1f} {:>10} {:>10} {:>9.2f}  {}\n",
                            layer.unit, layer.begin, layer.end - layer.begin, bound_words(layer),
                            100 * mac_utilisation(work, cycles_of(layer), config_),
                            work.primary.read + work.secondary.read,
                            work.primary.written + work.secondary.written,
                            energy_pj(work, config_) / kPicojoulesPerMicrojoule, layer.words);
        first = all.primary.total() + all.macs == 0 ? layer.begin : std::min(first, layer.begin);
        last = std::max(last, layer.end);
        all = all + work;
    }
    const double cycles = static_cast<double>(last - first);
    return text + fmt::format("{:<5} {:>10} {:>9} {:<12} {:>6.1f} {:>10} {:>10} {:>9.2f}\n", "all",
                              first, last - first, "", 100 * mac_utilisation(all, cycles, config_),
                              all.primary.read + all.secondary.read,
                              all.primary.written + all.secondary.written,
                              energy_pj(all, config_) / kPicojoulesPerMicrojoule);
}

std::string LayerReport::csv() const {
    std::string text =
        "unit,group,begin,end,cycles,bound,compute,weight_fetch,data_fetch,output,latency,macs,"
        "mac_utilisation,cbuf_bytes,main_read,main_written,second_read,second_written,energy_pj,"
        "layer\n";
    for (const OperationEvent& layer : layers_) {
        const CycleParts& p = layer.parts;
        const LayerWork& w = layer.work;
        text += fmt::format(
            "{},{},{},{},{},{},{:.0f},{:.0f},{:.0f},{:.0f},{:.0f},{},{:.4f},{},{},{},{},{},{:.0f},"
            "{}\n",
            layer.unit, layer.group, layer.begin, layer.end, layer.end - layer.begin,
            bound_words(layer), p.compute, p.weight_fetch, p.data_fetch, p.output, p.latency,
            w.macs, mac_utilisation(w, cycles_of(layer), config_), w.cbuf_bytes, w.primary.read,
            w.primary.written, w.secondary.read, w.secondary.written, energy_pj(w, config_),
            quoted(layer.words));
    }
    return text;
}

}  // namespace dla::vp
