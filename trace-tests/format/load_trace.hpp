// SPDX-License-Identifier: Apache-2.0
// From a file to a Trace. Everything that can be wrong with a trace and its data files is found
// here, before any simulation: "file:line:column: found ..., expected ...".
//
//   auto trace = load_trace("traces/nv_small/foo/foo.cfg", regs::AddressMap::kNvSmall);
#pragma once

#include <string>
#include <string_view>

#include "dla_tlm/common/result.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::trace {

// By the ending, .txn or .cfg; data files and plusargs.txt are looked for in the same folder.
Result<Trace> load_trace(const std::string& path, regs::AddressMap map);

// Commands only: the files they name are not opened, DataFile::extent stays 0.
Result<Trace> parse_txn(std::string_view text, const std::string& path, regs::AddressMap map);
Result<Trace> parse_cfg(std::string_view text, const std::string& path, regs::AddressMap map);
Result<Options> parse_options(std::string_view text, std::string_view where);

}  // namespace dla::trace
