// SPDX-License-Identifier: Apache-2.0
// Whether a configuration and the model have what a trace uses.
#pragma once

#include <string>

#include "dla_tlm/core/dla.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::vp {

// "needs BDMA, which nv_small does not have", or empty.
std::string missing_hardware(const trace::Trace& trace, const HardwareConfig& config);
// Whether a trace made for one configuration means the same on another: equal addresses and atoms,
// for SDP no stage less, and for a convolution equal MAC arrays and convolution buffers.
bool means_the_same(const trace::Trace& trace, const HardwareConfig& made_for,
                    const HardwareConfig& other);
// "needs PDP, which is not modelled", or empty: some unit the trace enables is registers only.
std::string missing_model(const trace::Trace& trace, Dla& dla);

}  // namespace dla::vp
