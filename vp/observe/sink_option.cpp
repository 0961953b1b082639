// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/sink_option.hpp"

#include <fmt/format.h>

#include <array>

#include "dla_tlm/common/register_catalogue.hpp"

namespace dla::vp {
namespace {

constexpr std::array<const char*, 5> kSinks{"log", "perfetto", "vcd", "csv", "html"};
constexpr std::array<const char*, 3> kLevels{"error", "info", "debug"};
constexpr std::string_view kRunMark = "%n";

Result<void> add_filter_word(SinkOption& sink, std::string_view option, std::string_view word) {
    const auto level = std::ranges::find(kLevels, word);
    if (sink.kind == SinkKind::kLog && level != kLevels.end()) {
        sink.level = static_cast<LogLevel>(level - kLevels.begin());
        return {};
    }
    if (regs::find_unit(word) != nullptr) {
        sink.filter.units.emplace_back(word);
        return {};
    }
    std::string units;
    for (const regs::CatalogueUnit& unit : regs::catalogue())
        units += fmt::format(" {}", unit.name);
    return fail(
        fmt::format("--trace {}: the filter \"{}\" is neither a unit nor a level of log; "
                    "legal are error, info, debug (log only) and the units{}",
                    option, word, units));
}

}  // namespace

Result<SinkOption> parse_sink(std::string_view option) {
    const std::size_t equals = option.find('=');
    const auto kind = std::ranges::find(kSinks, option.substr(0, equals));
    if (equals == std::string_view::npos || kind == kSinks.end())
        return fail(fmt::format("--trace {}: legal is SINK=FILE[:FILTER] with a sink of {}", option,
                                fmt::join(kSinks, ", ")));
    SinkOption sink{.kind = static_cast<SinkKind>(kind - kSinks.begin()), .file = {}, .filter = {}};
    std::string_view rest = option.substr(equals + 1);
    const std::size_t colon = rest.rfind(':');
    sink.file = rest.substr(0, colon);
    if (sink.file.empty()) return fail(fmt::format("--trace {}: the file is missing", option));
    if (colon == std::string_view::npos) return sink;
    rest = rest.substr(colon + 1);
    for (;;) {
        const std::size_t comma = rest.find(',');
        if (auto added = add_filter_word(sink, option, rest.substr(0, comma)); !added)
            return tl::unexpected(added.error());
        if (comma == std::string_view::npos) return sink;
        rest = rest.substr(comma + 1);
    }
}

std::string file_for(const std::string& file, std::string_view run) {
    const std::size_t mark = file.find(kRunMark);
    if (mark == std::string::npos) return file;
    return file.substr(0, mark) + std::string(run) + file.substr(mark + kRunMark.size());
}

}  // namespace dla::vp
