// SPDX-License-Identifier: Apache-2.0
// How the timing constants generalise: those of a configuration are fitted anew on half of the
// sweep's layers, from a start that is off, and judged on the other half; and the other way
// round. A layer's runs at all memories are in the same half.
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"
#include "vp/timing_report/golden_runs.hpp"

namespace dla::vp {

// One of the constants that follow from measurements. The others follow from structure: stripes,
// credits, cycles per atom and pixel, open reads.
struct FittedConstant {
    const char* name;  // as in the configuration file
    unsigned TimingConstants::*member;
    unsigned least = 0;
};
const std::vector<FittedConstant>& fitted_constants();

// config: only its structure counts; its timing constants are where the search begins. Changes one
// or two constants at a time as long as that lowers the errors of all status bits, first their
// squares.
TimingConstants fit_constants(const std::vector<const GoldenRun*>& runs, HardwareConfig config);

// Every constant a tenth and two more.
TimingConstants displaced(TimingConstants constants);

// Every second layer of a kind in the order of their names: half 0 or 1.
std::vector<const GoldenRun*> half_of(const std::vector<GoldenRun>& runs, unsigned half);

// Markdown: per configuration the errors on the layers that were not in the fit, and which
// constants differ from those of the configuration file. golden: the folder with timing/.
Result<std::string> held_out_table(const std::string& golden);

}  // namespace dla::vp
