// SPDX-License-Identifier: Apache-2.0
// SDP and SDP_RDMA on a bench, with the links to CACC and PDP open at the ends:
//
//   SdpBench bench;
//   bench.then([&] { bench.program_layer(); bench.program_reader(); bench.enable_both();
//   bench.wait_interrupts(1); }); bench.run();
#pragma once

#include "dla_tlm/sdp/sdp_unit.hpp"
#include "testing/unit_bench.hpp"

namespace dla::sdp {

inline constexpr std::uint32_t kSrc = 0x1000;
inline constexpr std::uint32_t kOperands = 0x20000;
inline constexpr std::uint32_t kDst = 0x40000;
inline constexpr std::size_t kLinkChunks = 4;
constexpr unsigned kSide = 8;

// 8x8 pixels in two surfaces; X1 adds 3 unless a test says otherwise.
struct SdpBench : testing::UnitBench {
    explicit SdpBench(const char* configuration = "nv_small", TimingMode mode = {})
        : testing::UnitBench(*builtin_config(configuration), mode),
          from_cacc("CACC to SDP", waits, kLinkChunks),
          to_pdp("SDP to PDP", waits, kLinkChunks),
          reader_unit("SDP_RDMA", context()),
          unit("SDP", reader_unit, from_cacc, to_pdp, context()),
          reader("reader", reader_unit),
          sdp("sdp", unit) {
        for (std::size_t i = 0; i < 0x4000; ++i)
            memory.bytes()[kSrc + i] = static_cast<std::uint8_t>(i % 100);
    }

    unsigned atom() const { return config.memory_atom_bytes; }
    unsigned cube_bytes() const { return 2 * kSide * kSide * atom(); }

    void program_layer(std::uint32_t feature_mode = 0, std::uint32_t dst = kDst) {
        sdp.set("D_DATA_CUBE_WIDTH", kSide - 1);
        sdp.set("D_DATA_CUBE_HEIGHT", kSide - 1);
        sdp.set("D_DATA_CUBE_CHANNEL", 2 * atom() - 1);
        sdp.set("D_DST_BASE_ADDR_LOW", dst);
        sdp.set("D_DST_LINE_STRIDE", kSide * atom());
        sdp.set("D_DST_SURFACE_STRIDE", kSide * kSide * atom());
        sdp.set("D_DST_DMA_CFG", 1);
        sdp.set("D_DP_BS_CFG", 0x58);  // ALU sum; multiplier and ReLU bypassed
        sdp.set("D_DP_BS_ALU_SRC_VALUE", 3);
        sdp.set("D_DP_BN_CFG", 1);
        sdp.set("D_DP_EW_CFG", 1);
        sdp.set("D_CVT_SCALE", 1);
        sdp.set("D_FEATURE_MODE_CFG", feature_mode);
        sdp.set("D_DATA_FORMAT", 0);
    }
    void program_reader(std::uint32_t feature_mode = 0) {
        reader.set("D_DATA_CUBE_WIDTH", kSide - 1);
        reader.set("D_DATA_CUBE_HEIGHT", kSide - 1);
        reader.set("D_DATA_CUBE_CHANNEL", 2 * atom() - 1);
        reader.set("D_SRC_BASE_ADDR_LOW", kSrc);
        reader.set("D_SRC_LINE_STRIDE", kSide * atom());
        reader.set("D_SRC_SURFACE_STRIDE", kSide * kSide * atom());
        reader.set("D_SRC_DMA_CFG", 1);
        reader.set("D_BRDMA_CFG", 1);
        reader.set("D_NRDMA_CFG", 1);
        reader.set("D_ERDMA_CFG", 1);
        reader.set("D_FEATURE_MODE_CFG", feature_mode);
    }
    void enable_both() {
        reader.set("D_OP_ENABLE", 1);
        sdp.set("D_OP_ENABLE", 1);
    }

    AccumulatorChunk accumulators(unsigned surface, unsigned first_line, unsigned lines,
                                  std::uint64_t ready, unsigned batch = 0) const {
        const auto values = std::make_shared<std::vector<std::int32_t>>();
        for (unsigned i = 0; i < lines * kSide * atom(); ++i)
            values->push_back(static_cast<std::int32_t>(i % 50) + static_cast<int>(surface));
        return {batch, surface, first_line, lines, {*values, atom()}, values, ready, false};
    }

    bool output_is_source_plus(int offset, std::uint32_t dst = kDst) {
        for (unsigned i = 0; i < cube_bytes(); ++i) {
            if (memory.bytes()[dst + i] !=
                static_cast<std::uint8_t>(memory.bytes()[kSrc + i] + offset))
                return false;
        }
        return true;
    }

    AccumulatorLink from_cacc;
    PoolingLink to_pdp;
    SdpRdmaUnit reader_unit;
    SdpUnit unit;
    testing::UnitProgram reader;
    testing::UnitProgram sdp;
};

inline constexpr std::uint32_t kFlying = 1;
inline constexpr std::uint32_t kToPdp = 2;

}  // namespace dla::sdp
