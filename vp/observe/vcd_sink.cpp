// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/vcd_sink.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <cmath>

#include "dla_tlm/common/register_catalogue.hpp"

namespace dla::vp {
namespace {

constexpr unsigned kDepthBits = 8;
constexpr unsigned kStatusBits = 22;

// Printable characters from '!' on, as many as needed.
std::string identifier(std::size_t index) {
    constexpr std::size_t kFirst = '!';
    constexpr std::size_t kCount = '~' - '!' + 1;
    std::string text;
    do {
        text += static_cast<char>(kFirst + index % kCount);
        index /= kCount;
    } while (index != 0);
    return text;
}

// Whether the write enables a layer whose end will be an event of the same unit.
bool enables_layer(const regs::RegisterPlace& place, std::uint32_t value) {
    const std::string_view unit = place.unit->name;
    const std::string_view name = place.info->name;
    if ((value & 1) == 0 || unit.ends_with("_RDMA")) return false;
    return name == "D_OP_ENABLE" ||
           (unit == "BDMA" && (name == "CFG_LAUNCH0" || name == "CFG_LAUNCH1"));
}

}  // namespace

VcdSink::VcdSink(SinkContext context) : FileSink(std::move(context)) {
    change("interrupt", 1, 0, 0);
    change("interrupt_status", kStatusBits, 0, 0);
}

std::size_t VcdSink::signal(const std::string& name, unsigned width) {
    const auto [place, added] = by_name_.try_emplace(name, signals_.size());
    if (added) signals_.push_back({name, width});
    return place->second;
}

void VcdSink::change(const std::string& name, unsigned width, std::uint64_t cycle,
                     std::uint32_t value) {
    changes_.push_back({cycle, signal(name, width), value});
}

void VcdSink::change_depth(const std::string& unit, std::uint64_t cycle, int step) {
    int& depth = depth_[unit];
    depth = std::max(0, depth + step);
    change(unit + ".queue", kDepthBits, cycle, static_cast<std::uint32_t>(depth));
}

void VcdSink::on_csb(const CsbEvent& event) {
    if (!event.write) return;
    const auto place = regs::find_register(context().config.address_map, event.address);
    if (!place || !context().filter.passes(place->unit->name)) return;
    if (enables_layer(*place, event.value)) change_depth(place->unit->name, event.cycle, 1);
}

void VcdSink::on_interrupt(const InterruptEvent& event) {
    change("interrupt", 1, event.cycle, event.level ? 1 : 0);
    change("interrupt_status", kStatusBits, event.cycle, event.status);
}

void VcdSink::on_operation_begin(const OperationEvent& event) {
    if (!context().filter.passes(event.unit)) return;
    change(fmt::format("{}.busy_{}", event.unit, event.group), 1, event.begin, 1);
}

void VcdSink::on_operation_end(const OperationEvent& event) {
    if (!context().filter.passes(event.unit)) return;
    change(fmt::format("{}.busy_{}", event.unit, event.group), 1, event.end, 0);
    change_depth(event.unit, event.end, -1);
}

void VcdSink::write_header() {
    fmt::print(out(), "$comment {} on {} $end\n$timescale 1ps $end\n$scope module dla $end\n",
               context().title, context().config.name);
    for (std::size_t i = 0; i < signals_.size(); ++i) {
        const std::string& name = signals_[i].name;
        const std::size_t dot = name.find('.');
        const bool scoped = dot != std::string::npos;
        if (scoped) fmt::print(out(), "$scope module {} $end\n", name.substr(0, dot));
        fmt::print(out(), "$var wire {} {} {} $end\n", signals_[i].width, identifier(i),
                   scoped ? name.substr(dot + 1) : name);
        if (scoped) out() << "$upscope $end\n";
    }
    out() << "$upscope $end\n$enddefinitions $end\n$dumpvars\n";
    for (std::size_t i = 0; i < signals_.size(); ++i)
        write_value(i, 0);
    out() << "$end\n";
}

void VcdSink::write_value(std::size_t signal, std::uint32_t value) {
    if (signals_[signal].width == 1)
        fmt::print(out(), "{}{}\n", value, identifier(signal));
    else
        fmt::print(out(), "b{:b} {}\n", value, identifier(signal));
}

// A unit may date its beginning back, so the order of time comes last.
void VcdSink::finish() {
    std::ranges::stable_sort(changes_, {}, &Change::cycle);
    write_header();
    std::vector<std::uint32_t> now(signals_.size());
    std::uint64_t written = 0;
    for (const Change& next : changes_) {
        if (now[next.signal] == next.value) continue;
        now[next.signal] = next.value;
        if (next.cycle != written)
            fmt::print(out(), "#{}\n", std::llround(context().microseconds(next.cycle) * 1e6));
        written = next.cycle;
        write_value(next.signal, next.value);
    }
}

}  // namespace dla::vp
