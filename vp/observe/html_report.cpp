// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/html_report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <cmath>
#include <map>

#include "dla_tlm/common/guest_error_words.hpp"
#include "vp/text_escape.hpp"

namespace dla::vp {
namespace {

constexpr double kWidth = 1100;
constexpr double kLabelWidth = 110;
constexpr double kRowHeight = 22;
constexpr double kPlotHeight = 220;

constexpr const char* kHead =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\n"
    "<style>body{{font:14px sans-serif;margin:2em;max-width:1150px}}"
    "table{{border-collapse:collapse}}td,th{{padding:2px 8px;border-bottom:1px solid #ccc;"
    "text-align:right}}td:last-child,th:last-child,td:first-child{{text-align:left}}"
    "svg{{font:11px sans-serif}}</style></head><body>\n<h1>{0}</h1>\n"
    "<p>Configuration {1}, {2} MACs per cycle, {3} MHz. {4} layers, {5} cycles ({6:.3f} ms).</p>\n";

double share(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

// Places on a logarithmic axis from low to high.
double log_place(double value, double low, double high, double pixels) {
    const double clipped = std::clamp(value, low, high);
    return pixels * std::log(clipped / low) / std::log(high / low);
}

}  // namespace

void HtmlReport::on_memory(const MemoryEvent& event) {
    if (!context().filter.passes(unit_of_client(event.client))) return;
    bandwidth_[event.second_memory ? 1 : 0].add(event.cycle, event.cycle + 1,
                                                static_cast<double>(event.size));
}

void HtmlReport::on_operation_end(const OperationEvent& event) {
    if (context().filter.passes(event.unit)) layers_.push_back(event);
}

void HtmlReport::on_guest_error(const GuestErrorEvent& event) {
    if (context().filter.passes(event.unit)) messages_.push_back(event);
}

void HtmlReport::on_guest_error_count(const GuestErrorCount& error) {
    for (GuestErrorEvent& event : messages_)
        if (event.unit == error.first.unit && event.message == error.first.message)
            event.message += times_words(error.times);
}

std::uint64_t HtmlReport::end_cycle() const {
    std::uint64_t end = 1;
    for (const OperationEvent& layer : layers_)
        end = std::max(end, layer.end);
    return end;
}

void HtmlReport::finish() {
    std::ranges::stable_sort(layers_, {}, &OperationEvent::begin);
    fmt::print(out(), fmt::runtime(kHead), xml_text(context().title), context().config.name,
               context().most_macs_per_cycle(), context().config.clock_mhz, layers_.size(),
               end_cycle(), context().microseconds(end_cycle()) / 1000);
    write_timeline();
    write_bandwidth();
    write_roofline();
    write_layers();
    write_messages();
    out() << "</body></html>\n";
}

void HtmlReport::write_timeline() {
    std::map<std::string, unsigned> rows;
    for (const OperationEvent& layer : layers_)
        rows.try_emplace(layer.unit, static_cast<unsigned>(rows.size()));
    const double scale = (kWidth - kLabelWidth) / static_cast<double>(end_cycle());
    fmt::print(out(), "<h2>Timeline</h2>\n<svg width=\"{}\" height=\"{}\">\n", kWidth,
               kRowHeight * static_cast<double>(rows.size() + 1));
    for (const auto& [unit, row] : rows)
        fmt::print(out(), "<text x=\"0\" y=\"{}\">{}</text>\n", kRowHeight * (row + 0.7), unit);
    for (const OperationEvent& layer : layers_) {
        const double x = kLabelWidth + scale * static_cast<double>(layer.begin);
        const double width = std::max(1.0, scale * static_cast<double>(layer.end - layer.begin));
        fmt::print(out(),
                   "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\">"
                   "<title>{} group {}: {}, cycles {} to {}</title></rect>\n",
                   x, kRowHeight * rows[layer.unit], width, kRowHeight - 4,
                   layer.group == 0 ? "#4878a8" : "#e08030", layer.unit, layer.group,
                   xml_text(layer.words), layer.begin, layer.end);
    }
    fmt::print(out(),
               "<text x=\"{0}\" y=\"{1}\">0</text><text x=\"{2}\" y=\"{1}\" text-anchor=\"end\">"
               "{3} cycles</text></svg>\n<p>Blue: group 0, orange: group 1.</p>\n",
               kLabelWidth, kRowHeight * (static_cast<double>(rows.size()) + 0.7), kWidth,
               end_cycle());
}

void HtmlReport::write_bandwidth() {
    out() << "<h2>Bandwidth</h2>\n";
    constexpr std::array<const char*, 2> kNames{"main", "second"};
    for (std::size_t port = 0; port < bandwidth_.size(); ++port) {
        const std::vector<double> rates = bandwidth_[port].per_cycle();
        if (rates.empty()) continue;
        const double most = *std::ranges::max_element(rates);
        const double interval = static_cast<double>(bandwidth_[port].interval());
        const double scale = (kWidth - kLabelWidth) / static_cast<double>(end_cycle());
        fmt::print(out(),
                   "<svg width=\"{}\" height=\"{}\"><text x=\"0\" y=\"12\">{} memory</text>"
                   "<text x=\"0\" y=\"26\">max {:.0f} MB/s</text><polyline fill=\"none\" "
                   "stroke=\"#4878a8\" points=\"",
                   kWidth, kPlotHeight / 2, kNames[port], most * context().config.clock_mhz);
        for (std::size_t i = 0; i < rates.size(); ++i)
            fmt::print(out(), "{:.1f},{:.1f} ",
                       std::min(kWidth, kLabelWidth + scale * interval * static_cast<double>(i)),
                       kPlotHeight / 2 * (1 - share(rates[i], most)));
        out() << "\"/></svg>\n";
    }
}

std::uint64_t HtmlReport::convolution_bytes(const OperationEvent& csc, std::size_t number) const {
    std::uint64_t bytes = 0;
    std::size_t fetch = 0;
    for (const OperationEvent& layer : layers_)
        if (std::string_view(layer.unit) == "CDMA" && fetch++ == number) bytes += layer.bytes;
    for (const OperationEvent& layer : layers_) {
        if (std::string_view(layer.unit) != "SDP" || layer.end < csc.end) continue;
        if (layer.begin < csc.end) bytes += layer.bytes;
        break;
    }
    return bytes;
}

void HtmlReport::write_roofline() {
    const auto peak = static_cast<double>(context().most_macs_per_cycle());
    const double port = context().config.primary.width_bytes;
    constexpr double kLow = 0.01;
    constexpr double kHigh = 10000;
    const auto x = [&](double v) { return kLabelWidth + log_place(v, kLow, kHigh, 600); };
    const auto y = [&](double v) {
        return kPlotHeight - log_place(v, peak / 1e5, peak * 1.2, kPlotHeight - 10);
    };
    fmt::print(out(),
               "<h2>Roofline</h2>\n<p>Convolutions: MACs per byte of memory traffic (across) and "
               "MACs per cycle (up), both logarithmic; the lines are {} bytes per cycle and {} "
               "MACs per cycle.</p>\n<svg width=\"{}\" height=\"{}\">\n<polyline fill=\"none\" "
               "stroke=\"#888\" points=\"{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\"/>\n",
               port, peak, kWidth, kPlotHeight, x(kLow), y(kLow * port), x(peak / port), y(peak),
               x(kHigh), y(peak));
    std::size_t number = 0;
    for (const OperationEvent& layer : layers_) {
        if (layer.macs == 0) continue;
        const auto macs = static_cast<double>(layer.macs);
        const double intensity =
            share(macs, static_cast<double>(convolution_bytes(layer, number++)));
        const double rate = share(macs, static_cast<double>(layer.end - layer.begin));
        fmt::print(out(),
                   "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"#4878a8\"><title>{}: {:.2f} "
                   "MACs per byte, {:.2f} MACs per cycle</title></circle>\n",
                   x(intensity), y(rate), xml_text(layer.words), intensity, rate);
    }
    out() << "</svg>\n";
}

void HtmlReport::write_layers() {
    out() << "<h2>Layers</h2>\n<table><tr><th>Unit</th><th>Group</th><th>Begin</th><th>Cycles</th>"
             "<th>MACs</th><th>Utilisation</th><th>Bytes</th><th>Bytes per cycle</th>"
             "<th>Operation</th></tr>\n";
    for (const OperationEvent& layer : layers_) {
        const auto cycles = static_cast<double>(layer.end - layer.begin);
        fmt::print(out(),
                   "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.1f} %</td>"
                   "<td>{}</td><td>{:.2f}</td><td>{}</td></tr>\n",
                   layer.unit, layer.group, layer.begin, layer.end - layer.begin, layer.macs,
                   100 * context().mac_share(layer), layer.bytes,
                   share(static_cast<double>(layer.bytes), cycles), xml_text(layer.words));
    }
    out() << "</table>\n";
}

void HtmlReport::write_messages() {
    if (messages_.empty()) return;
    out() << "<h2>Messages</h2>\n<ul>\n";
    for (const GuestErrorEvent& message : messages_)
        fmt::print(out(), "<li>{} {}: {}</li>\n", message.cycle, message.unit,
                   xml_text(message.message));
    out() << "</ul>\n";
}

}  // namespace dla::vp
