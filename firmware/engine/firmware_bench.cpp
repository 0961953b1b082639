// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Host time the engine takes per hardware layer, over hardware that answers at once.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "firmware/dla_registers.h"
#include "firmware/testing/network_builder.hpp"

namespace {

using namespace dla::firmware;
using namespace dla::firmware::testing;

// Keeps no registers, only which group of CACC and SDP is next and the interrupt status.
class InstantDla : public TaskPort {
  public:
    explicit InstantDla(const std::uint32_t* bases) : bases_(bases) {}

    std::uint32_t read_register(std::uint32_t address) override {
        ++accesses;
        if (address == bases_[DLA_UNIT_GLB] + DLA_GLB_S_INTR_STATUS) return status;
        if (address == bases_[DLA_UNIT_CDMA] + DLA_CDMA_S_CBUF_FLUSH_STATUS) return 1;
        if (address == bases_[DLA_UNIT_CACC] + DLA_CACC_S_POINTER) return conv_group << 16u;
        if (address == bases_[DLA_UNIT_SDP] + DLA_SDP_S_POINTER) return sdp_group << 16u;
        if (address == bases_[DLA_UNIT_SDP_RDMA] + DLA_SDP_RDMA_S_POINTER) return sdp_group << 16u;
        return 0;
    }
    void write_register(std::uint32_t address, std::uint32_t value) override {
        ++accesses;
        if (address == bases_[DLA_UNIT_GLB] + DLA_GLB_S_INTR_STATUS) status &= ~value;
    }
    // A convolution and its SDP end together.
    void finish_pair() {
        status |= (0x150000u << conv_group) | (1u << sdp_group);
        conv_group ^= 1u;
        sdp_group ^= 1u;
    }

    std::uint32_t status = 0;
    std::uint32_t conv_group = 0;
    std::uint32_t sdp_group = 0;
    std::uint64_t accesses = 0;

  private:
    const std::uint32_t* bases_;
};

}  // namespace

int main() {
    constexpr int kPairs = 100;
    constexpr int kRuns = 50;
    const dla::HardwareConfig hardware = *dla::builtin_config("nv_full");
    NetworkBuilder network(hardware);
    int previous_sdp = -1;
    for (int i = 0; i < kPairs; ++i) {
        const int conv = network.add(DLA_OP_CONV);
        const int sdp = network.add(DLA_OP_SDP);
        auto& x1 = network.operation(sdp).sdp.x1;
        x1.enable = 1;
        x1.type = DLA_SDP_BOTH;
        x1.mode = DLA_SDP_PER_KERNEL;
        network.fuse(sdp, conv);
        network.depend(sdp, conv, DLA_EVENT_OP_PROGRAMMED);
        if (previous_sdp >= 0) network.depend(conv, previous_sdp, DLA_EVENT_OP_COMPLETED);
        previous_sdp = sdp;
    }
    InstantDla dla(dla_unit_bases_nv_full);
    Engine engine(dla);
    double best_us = 1e9;
    for (int run = 0; run < kRuns; ++run) {
        network.fill(dla);
        const auto begin = std::chrono::steady_clock::now();
        const auto started = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
        bool done = !started;
        while (!done) {
            dla.finish_pair();
            engine.handle_interrupt();
            const auto result = engine.process_events();
            done = !result || *result;
            if (!result) fmt::print("{}\n", result.error().message);
        }
        const std::chrono::duration<double, std::micro> time =
            std::chrono::steady_clock::now() - begin;
        best_us = std::min(best_us, time.count());
        engine.clear();
    }
    fmt::print("{} layers, {} register accesses per run: {:.2f} us per layer\n", 2 * kPairs,
               dla.accesses / kRuns, best_us / (2 * kPairs));
    return 0;
}
