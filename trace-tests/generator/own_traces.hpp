// SPDX-License-Identifier: Apache-2.0
// The project's own nv_full traces: the layers of the published set, with own data and goldens.
#pragma once

#include <string>
#include <vector>

#include "trace-tests/generator/layer_spec.hpp"

namespace dla::trace {

// Small enough to be kept in the source tree as files; the others are generated when needed.
struct OwnTrace {
    LayerSpec spec;
    bool committed;
};

std::vector<OwnTrace> own_traces();

}  // namespace dla::trace
