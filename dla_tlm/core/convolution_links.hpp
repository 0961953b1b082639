// SPDX-License-Identifier: Apache-2.0
// What joins the units of the convolution pipeline: the shared buffer and the links from CSC over
// both CMACs to CACC.
#pragma once

#include "dla_tlm/cdma/conv_buffer.hpp"
#include "dla_tlm/cmac/mac_chunk.hpp"

namespace dla {

struct ConvolutionLinks {
    static constexpr std::size_t kChunks = 2;

    ConvolutionLinks(const HardwareConfig& config, WaitBoard& waits)
        : buffer(config.cbuf),
          to_cmac_a("CSC to CMAC_A", waits, kChunks),
          to_cmac_b("CSC to CMAC_B", waits, kChunks),
          from_cmac_a("CMAC_A to CACC", waits, kChunks),
          from_cmac_b("CMAC_B to CACC", waits, kChunks) {}

    void reset() {
        to_cmac_a.reset();
        to_cmac_b.reset();
        from_cmac_a.reset();
        from_cmac_b.reset();
        pace = {};
    }

    cdma::ConvBuffer buffer;
    cmac::MacLink to_cmac_a;
    cmac::MacLink to_cmac_b;
    cmac::MacLink from_cmac_a;
    cmac::MacLink from_cmac_b;
    cmac::DeliveryPace pace;
};

}  // namespace dla
