// SPDX-License-Identifier: Apache-2.0
// The hardware layers a .cfg trace programs, as the timing functions want them.
//
//   auto program = read_program("c_W1.cfg", config);
//   program->convolutions.front().kernels;
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/cdp/cdp_timing.hpp"
#include "dla_tlm/common/result.hpp"
#include "dla_tlm/csc/conv_timing.hpp"
#include "dla_tlm/pdp/pdp_timing.hpp"
#include "dla_tlm/sdp/sdp_timing.hpp"

namespace dla::vp {

struct SdpRun {
    sdp::SdpLayer layer;
    bool from_cacc = false;
};

struct PdpRun {
    pdp::PdpLayer layer;
    bool from_sdp = false;
};

// In the order of their D_OP_ENABLE writes.
struct TraceProgram {
    std::vector<csc::ConvLayer> convolutions;
    std::vector<SdpRun> sdps;
    std::vector<PdpRun> pdps;
    std::vector<cdp::CdpLayer> cdps;
};

Result<TraceProgram> read_program(const std::string& path, const HardwareConfig& config);

}  // namespace dla::vp
