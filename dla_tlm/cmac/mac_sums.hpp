// SPDX-License-Identifier: Apache-2.0
// Finished sums of some lines of one batch item, of one or more kernel groups.
#pragma once

#include <cstdint>
#include <vector>

#include "dla_tlm/cacc/accumulators.hpp"

namespace dla::cmac {

struct MacSums {
    cacc::Accumulators integers;
    std::vector<std::int32_t> fp32;  // fp16 layers: delivered values of one group
};

}  // namespace dla::cmac
