// SPDX-License-Identifier: Apache-2.0
// Whether and how simulated time passes.
#pragma once

namespace dla {

struct TimingMode {
    bool enabled = true;  // false: layers take only a token time, results are the same bits
};

}  // namespace dla
