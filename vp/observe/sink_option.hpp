// SPDX-License-Identifier: Apache-2.0
// One --trace SINK=FILE[:FILTER] in plain values.
//
//   auto sink = parse_sink("log=run.log:debug,SDP,PDP");
//
// FILTER: unit names separated by commas; for log also one of error, info, debug.
#pragma once

#include <string>
#include <string_view>

#include "dla_tlm/common/result.hpp"
#include "vp/observe/file_sink.hpp"
#include "vp/observe/log_sink.hpp"

namespace dla::vp {

enum class SinkKind : std::uint8_t { kLog, kPerfetto, kVcd, kCsv, kHtml };

struct SinkOption {
    SinkKind kind;
    std::string file;  // %n stands for the name of the run
    UnitFilter filter;
    LogLevel level = LogLevel::kInfo;
};

Result<SinkOption> parse_sink(std::string_view option);

// The file with the name of the run in place of %n.
std::string file_for(const std::string& file, std::string_view run);

}  // namespace dla::vp
