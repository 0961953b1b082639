// SPDX-License-Identifier: Apache-2.0
// Results of a set of traces: a line each, JSON, JUnit, Markdown, and the exit code.
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"
#include "trace-tests/player/outcome.hpp"
#include "vp/trace_run.hpp"

namespace dla::vp {

struct TraceResult {
    std::string name;
    std::string path;
    std::string config;
    trace::Outcome outcome;
    double wall_s = 0;
    double clock_mhz = 0;  // 0: unknown, nothing ran
    LayerTexts layers{};
};

std::string line_of(const TraceResult& result, bool colours = false);
std::string summary_of(const std::vector<TraceResult>& results);
// 0 all pass (what is unsupported aside), 1 some fail or hang, 2 some could not be run.
int exit_code_of(const std::vector<TraceResult>& results);

Result<void> write_json(const std::string& file, const std::vector<TraceResult>& results);
// Of traces that were not run: name, path and configuration; null where the path names none.
Result<void> write_list_json(const std::string& file, const std::vector<TraceResult>& results);
Result<void> write_junit(const std::string& file, const std::vector<TraceResult>& results);
// Without wall times and the paths of a machine, so that it is the same everywhere; command: how it
// is made.
Result<void> write_markdown(const std::string& file, const std::string& command,
                            const std::vector<TraceResult>& results);

}  // namespace dla::vp
