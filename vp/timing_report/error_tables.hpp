// SPDX-License-Identifier: Apache-2.0
// Errors of the timing functions against the golden cycle counts, as Markdown tables and as rows.
#pragma once

#include <string>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

// golden: the folder with timing/, nv_small/ and nv_large/.
Result<std::string> error_tables(const std::string& golden);
// One row per run and status bit: set, configuration, layer, memory, unit, RTL cycle, model cycle.
Result<std::string> error_rows(const std::string& golden);

}  // namespace dla::vp
