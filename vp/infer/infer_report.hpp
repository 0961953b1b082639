// SPDX-License-Identifier: Apache-2.0
// What the hardware layers of a run did, as a table, as JSON, as .npy files, and against the .npy
// files of another run.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/layer_report.hpp"

namespace dla::vp {

struct LayerLine {
    std::string name;  // "task0-conv3"
    std::string unit;  // "CONV"
    unsigned group = 0;
    std::string words;
    std::uint64_t begin = 0;  // the later of its enable and the unit's previous end
    std::uint64_t end = 0;
    std::uint64_t macs = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
    LayerCost cost{};
    const LayerOutput* output = nullptr;

    std::uint64_t cycles() const { return end - begin; }
};

// In order of begin. The lines refer to the runs.
std::vector<LayerLine> layer_lines(std::span<const TaskRun> runs, const HardwareConfig& config);

// From the first enable to the last interrupt of all tasks.
std::uint64_t total_cycles(std::span<const TaskRun> runs);

LayerTotals totals(const std::vector<LayerLine>& lines, const HardwareConfig& config);

std::string table(const std::vector<LayerLine>& lines, const HardwareConfig& config);
std::string json(const std::vector<LayerLine>& lines, std::uint64_t cycles,
                 const HardwareConfig& config);

Result<void> dump_layers(const std::vector<LayerLine>& lines, const std::string& folder);
struct LayerComparison {
    std::string differences;           // in words, in order of execution
    std::size_t compared = 0;          // layers
    std::vector<std::string> without;  // layers of which the folder has no file
    std::string summary() const;
};
// An error where the folder has no layer at all or a damaged one.
Result<LayerComparison> compare_layers(const std::vector<LayerLine>& lines,
                                       const std::string& folder);

}  // namespace dla::vp
