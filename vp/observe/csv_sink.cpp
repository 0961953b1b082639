// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/csv_sink.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace dla::vp {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

}  // namespace

CsvSink::CsvSink(SinkContext context) : FileSink(std::move(context)) {
    out() << "unit,group,begin,end,cycles,macs,bytes,mac_utilisation,bytes_per_cycle,operation\n";
}

void CsvSink::on_operation_end(const OperationEvent& event) {
    if (!context().filter.passes(event.unit)) return;
    const std::uint64_t cycles = std::max<std::uint64_t>(1, event.end - event.begin);
    const auto per_cycle = [&](std::uint64_t amount) {
        return static_cast<double>(amount) / static_cast<double>(cycles);
    };
    fmt::print(out(), "{},{},{},{},{},{},{},{:.4f},{:.3f},{}\n", event.unit, event.group,
               event.begin, event.end, event.end - event.begin, event.macs, event.bytes,
               context().mac_share(event), per_cycle(event.bytes), quoted(event.words));
}

}  // namespace dla::vp
