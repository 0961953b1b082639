// SPDX-License-Identifier: Apache-2.0
#include "vp/layer_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "vp/text_escape.hpp"

namespace dla::vp {
namespace {

constexpr double kPicojoulesPerMicrojoule = 1e6;
constexpr double kMicrosecondsPerMillisecond = 1000;

std::string bound_words(const CycleParts& parts) {
    return parts.total() > 0 ? name_of(bound_of(parts)) : "";
}

// What others' traffic did to the layer, behind its words.
std::string sharing_words(const CycleParts& parts) {
    if (parts.shared_with.empty()) return "";
    const std::string lost =
        parts.shared_port >= 1 ? fmt::format(", {:.0f} cycles lost", parts.shared_port) : "";
    return fmt::format("port shared with {}{}", parts.shared_with.words(), lost);
}

// Layers on the fly only pass on what the layer in front does.
bool does_work(const OperationEvent& layer) {
    return layer.parts.total() > 0;
}

// Whether the layer has costs of its own to tell.
bool counts(const OperationEvent& layer) {
    return does_work(layer) ||
           layer.work.macs + layer.work.primary.total() + layer.work.secondary.total() > 0;
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

double microjoules(const LayerWork& work, const HardwareConfig& config) {
    return energy_pj(work, config) / kPicojoulesPerMicrojoule;
}

}  // namespace

LayerCost cost_of(const OperationEvent& event) {
    return {event.parts, event.work, reasons_of(event), event.unit};
}

std::string with_sharing(const std::string& words, const CycleParts& parts) {
    const std::string sharing = sharing_words(parts);
    return words + (words.empty() || sharing.empty() ? "" : "; ") + sharing;
}

std::string CostColumns::head() const {
    return fmt::format(
        "{:<13} {:>6} {:>10} {:>10}{} {:>9}", "bound", "MAC %", "main rd B", "main wr B",
        second_memory_ ? fmt::format(" {:>10} {:>10}", "second rd", "second wr") : "", "energy uJ");
}

std::string CostColumns::cells(const LayerCost& cost, double cycles) const {
    const LayerWork& work = cost.work;
    const bool star = !config_.timing.calibrated || !cost.reasons.empty();
    const std::string bound = bound_words(cost.parts) + (star ? "*" : "");
    const std::string used =
        work.macs > 0 ? fmt::format("{:.1f}", 100 * mac_utilisation(work, cycles, config_)) : "-";
    const std::string second =
        second_memory_ ? fmt::format(" {:>10} {:>10}", work.secondary.read, work.secondary.written)
                       : "";
    return fmt::format("{:<13} {:>6} {:>10} {:>10}{} {:>9.2f}", bound, used, work.primary.read,
                       work.primary.written, second, microjoules(work, config_));
}

std::string CostColumns::json(const LayerCost& cost, double cycles) const {
    const CycleParts& parts = cost.parts;
    const LayerWork& work = cost.work;
    return fmt::format(
        "\"bound\": \"{}\", \"compute\": {:.0f}, \"weight_fetch\": {:.0f}, "
        "\"data_fetch\": {:.0f}, \"output\": {:.0f}, \"latency\": {:.0f}, "
        "\"shared_port\": {:.0f}, \"shared_with\": \"{}\", "
        "\"mac_utilisation\": {:.4f}, \"main_read\": {}, "
        "\"main_written\": {}, \"second_read\": {}, \"second_written\": {}, "
        "\"energy_pj\": {:.0f}, \"not_calibrated\": \"{}\"",
        bound_words(parts), parts.compute, parts.weight_fetch, parts.data_fetch, parts.output,
        parts.latency, parts.shared_port, parts.shared_with.words(),
        mac_utilisation(work, cycles, config_), work.primary.read, work.primary.written,
        work.secondary.read, work.secondary.written, energy_pj(work, config_),
        uncalibrated_words(config_, cost.reasons));
}

void LayerTotals::add(const LayerCost& cost, std::uint64_t begin, std::uint64_t end) {
    // A unit on the fly may have been enabled long before there was anything to do.
    if (layers_ == 0 || (cost.parts.total() > 0 && begin < begin_)) begin_ = begin;
    end_ = std::max(end_, end);
    ++layers_;
    work_ = work_ + cost.work;
    if (cost.work.macs > 0) work_.precision = cost.work.precision;
    energy_pj_ += energy_pj(cost.work, config_);
    reasons_ |= cost.reasons;
    if (cost.parts.total() == 0) return;
    cycles_by_bound_[static_cast<std::size_t>(bound_of(cost.parts))] += cost.parts.total();
    // Units on the fly read nothing; they belong to the layer in front.
    if (cost.work.primary.read + cost.work.secondary.read == 0) return;
    for (const auto& [unit, until] : reading_until_)
        reasons_.add(Uncalibrated::kConcurrent, unit != cost.unit && until > begin);
    std::uint64_t& until = reading_until_[cost.unit];
    until = std::max(until, end);
}

std::string LayerTotals::summary() const {
    std::string second;
    if (work_.secondary.total() > 0) {
        second = fmt::format(", second memory {} B read, {} B written", work_.secondary.read,
                             work_.secondary.written);
    }
    double all = 0;
    for (const double some : cycles_by_bound_)
        all += some;
    std::string bounds;
    for (std::size_t i = 0; i < kBounds && all > 0; ++i) {
        if (cycles_by_bound_[i] == 0) continue;
        bounds += fmt::format("{}{} {:.0f} %", bounds.empty() ? "; bound by " : ", ",
                              name_of(static_cast<Bound>(i)), 100 * cycles_by_bound_[i] / all);
    }
    return fmt::format(
        "{} layers, {} cycles, {:.3f} ms at {} MHz, MACs used {:.1f} %, main memory {} B read, "
        "{} B written{}, {:.2f} uJ{}",
        layers_, end_ - begin_, cycles() / config_.clock_mhz / kMicrosecondsPerMillisecond,
        config_.clock_mhz, 100 * mac_utilisation(work_, cycles(), config_), work_.primary.read,
        work_.primary.written, second, energy_pj_ / kPicojoulesPerMicrojoule, bounds);
}

std::string LayerTotals::json() const {
    return fmt::format(
        "\"clock_mhz\": {}, \"layers\": {}, \"mac_utilisation\": {:.4f}, \"main_read\": {}, "
        "\"main_written\": {}, \"second_read\": {}, \"second_written\": {}, \"energy_pj\": {:.0f}, "
        "\"not_calibrated\": \"{}\"",
        config_.clock_mhz, layers_, mac_utilisation(work_, cycles(), config_), work_.primary.read,
        work_.primary.written, work_.secondary.read, work_.secondary.written, energy_pj_,
        uncalibrated_words(config_, reasons_));
}

void LayerReport::on_operation_end(const OperationEvent& event) {
    if (counts(event)) totals_.add(cost_of(event), event.begin, event.end);
    if (keep_) layers_.push_back(event);
}

std::string LayerReport::table() const {
    const CostColumns columns(config_, totals_.work().secondary.total() > 0);
    std::string text = fmt::format("{:<5} {:>10} {:>9} {}  {}\n", "unit", "begin", "cycles",
                                   columns.head(), "layer");
    for (const OperationEvent& layer : layers_) {
        if (!counts(layer)) continue;
        const std::uint64_t cycles = layer.end - layer.begin;
        text += fmt::format("{:<5} {:>10} {:>9} {}  {}\n", layer.unit, layer.begin, cycles,
                            columns.cells(cost_of(layer), static_cast<double>(cycles)),
                            with_sharing(layer.words, layer.parts));
    }
    return text;
}

std::string LayerReport::summary() const {
    return totals_.summary() + "\n" + calibration_notes(config_, totals_.reasons());
}

std::string LayerReport::json() const {
    const CostColumns columns(config_, true);
    std::string text = "[";
    for (const OperationEvent& layer : layers_) {
        if (!counts(layer)) continue;
        const std::uint64_t cycles = layer.end - layer.begin;
        text += fmt::format(
            "{}{{\"unit\": \"{}\", \"group\": {}, \"operation\": {}, \"start\": {}, "
            "\"end\": {}, \"cycles\": {}, \"macs\": {}, {}}}",
            text.size() > 1 ? ",\n   " : "\n   ", layer.unit, layer.group, json_text(layer.words),
            layer.begin, layer.end, cycles, layer.work.macs,
            columns.json(cost_of(layer), static_cast<double>(cycles)));
    }
    return text + "]";
}

std::string LayerReport::csv() const {
    std::string text =
        "unit,group,begin,end,cycles,bound,compute,weight_fetch,data_fetch,output,latency,"
        "shared_port,shared_with,macs,"
        "mac_utilisation,cbuf_bytes,main_read,main_written,second_read,second_written,energy_pj,"
        "not_calibrated,layer\n";
    for (const OperationEvent& layer : layers_) {
        const CycleParts& p = layer.parts;
        const LayerWork& w = layer.work;
        const std::uint64_t cycles = layer.end - layer.begin;
        text += fmt::format(
            "{},{},{},{},{},{},{:.0f},{:.0f},{:.0f},{:.0f},{:.0f},{:.0f},{},{},{:.4f},{},{},{},{},"
            "{},{:.0f},{},{}\n",
            layer.unit, layer.group, layer.begin, layer.end, cycles, bound_words(p), p.compute,
            p.weight_fetch, p.data_fetch, p.output, p.latency, p.shared_port,
            p.shared_with.empty() ? "" : quoted(p.shared_with.words()), w.macs,
            mac_utilisation(w, static_cast<double>(cycles), config_), w.cbuf_bytes, w.primary.read,
            w.primary.written, w.secondary.read, w.secondary.written, energy_pj(w, config_),
            quoted(uncalibrated_words(config_, reasons_of(layer))), quoted(layer.words));
    }
    return text;
}

}  // namespace dla::vp
