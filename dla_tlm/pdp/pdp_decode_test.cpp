// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/pdp/pdp_decode.hpp"

#include "dla_regs/pdp_rdma_regs.hpp"
#include "dla_regs/pdp_regs.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::pdp;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

namespace r = regs::pdp;

const HardwareConfig& full() {
    static const HardwareConfig config = *builtin_config("nv_full");
    return config;
}
const HardwareConfig& small() {
    static const HardwareConfig config = *builtin_config("nv_small");
    return config;
}

// 8x8x32 to 4x4x32, 3x3 stride 2, padded left and above.
PdpOp legal_op() {
    PdpOp op;
    op.in_width = op.in_height = 8;
    op.out_width = op.out_height = 4;
    op.in_channels = op.out_channels = 32;
    op.kernel_width = op.kernel_height = 3;
    op.stride_width = op.stride_height = 2;
    op.pad_left = op.pad_top = 1;
    op.dst = {0x1000, 4 * 32, 4 * 4 * 32, Ram::kPrimary};
    return op;
}

}  // namespace

TEST_CASE("Registers decode to plain numbers") {
    RegisterFile regs(r::kRegisters, regs::AddressMap::kNvFull);
    regs.write(r::DDataCubeInWidth::kRegister.offset, 12);
    regs.write(r::DPoolingKernelCfg::kRegister.offset, 0x00310207);
    regs.write(r::DPoolingPaddingCfg::kRegister.offset, 0x4321);
    regs.write(r::DPoolingPaddingValue2Cfg::kRegister.offset, 0x7fff0);
    regs.write(r::DOperationModeCfg::kRegister.offset, 0x0212);
    regs.write(r::DPartialWidthIn::kRegister.offset, (3U << 20) | (2U << 10) | 1U);
    regs.write(r::DDstBaseAddrHigh::kRegister.offset, 0x12);
    regs.write(r::DDstBaseAddrLow::kRegister.offset, 0x80000020);
    regs.write(r::DDstRamCfg::kRegister.offset, 1);
    const PdpOp op = decode(regs, 0, full());
    CHECK(op.in_width == 13);
    CHECK(op.kernel_width == 8);
    CHECK(op.kernel_height == 3);
    CHECK(op.stride_width == 2);
    CHECK(op.stride_height == 4);
    CHECK(op.pad_left == 1);
    CHECK(op.pad_top == 2);
    CHECK(op.pad_right == 3);
    CHECK(op.pad_bottom == 4);
    CHECK(op.pad_value[2] == -16);
    CHECK(op.method == PoolMethod::kMin);
    CHECK_FALSE(op.on_the_fly);
    CHECK(op.stripes == 3);
    CHECK(op.stripe_in == StripeWidths{2, 4, 3});
    CHECK(op.dst.base == 0x1280000020);
    CHECK(op.dst.ram == Ram::kPrimary);
}

TEST_CASE("A configuration without the asked precision computes int8 and says so") {
    RegisterFile regs(r::kRegisters, regs::AddressMap::kNvSmall);
    regs.write(r::DDataFormat::kRegister.offset, 2);
    const PdpOp op = decode(regs, 0, small());
    CHECK(op.precision == Precision::kInt8);
    CHECK(contains(why_not(op, small()), "INPUT_DATA is 2 (fp16)"));
    CHECK(contains(why_not(op, small()), "nv_small"));
}

TEST_CASE("A legal operation has no reason against it") {
    CHECK(why_not(legal_op(), full()) == "");
    CHECK(describe(legal_op()) == "max 3x3 stride 2x2 pad 1,1,0,0 int8 8x8x32 -> 4x4x32");
}

TEST_CASE("What pooling cannot do is said with field, value and legal range") {
    PdpOp op = legal_op();
    std::string expected;
    SECTION("kernel") {
        op.kernel_width = 9;
        expected = "KERNEL_WIDTH is 9; legal: 1 to 8";
    }
    SECTION("padding that hides a window") {
        op.pad_left = 3;
        expected = "PAD_LEFT is 3 with KERNEL_WIDTH 3: the first window has no real pixel";
    }
    SECTION("output size") {
        op.out_height = 5;
        expected = "CUBE_OUT_HEIGHT is 5: 5 windows of 3 with stride 2 cover 11";
    }
    SECTION("method") {
        op.method = static_cast<PoolMethod>(3);
        expected = "POOLING_METHOD is 3";
    }
    SECTION("channels") {
        op.out_channels = 31;
        expected = "CUBE_OUT_CHANNEL is 31; legal: CUBE_IN_CHANNEL, 32";
    }
    SECTION("destination alignment") {
        op.dst.base = 0x1008;
        expected = "D_DST_BASE_ADDR is 0x1008; legal: a multiple of the 32-byte atom";
    }
    SECTION("overlapping lines") {
        op.dst.line_stride = 32;
        expected = "D_DST_LINE_STRIDE is 0x20; legal: multiples of 32 from 0x80";
    }
    SECTION("stripes on the fly") {
        op.stripes = 2;
        op.on_the_fly = true;
        expected = "SPLIT_NUM is 2 on the fly";
    }
    CHECK(contains(why_not(op, full()), expected));
}

TEST_CASE("Stripes must cover the line between them") {
    PdpOp op = legal_op();
    op.stripes = 2;
    op.stripe_out = {2, 0, 2};
    op.stripe_in = {4, 0, 4};
    CHECK(why_not(op, full()) == "");
    op.stripe_in.first = 5;
    CHECK(contains(why_not(op, full()), "PARTIAL_WIDTH_IN_FIRST is 5"));
    CHECK(contains(why_not(op, full()), ": 4"));
    op.stripe_in.first = 4;
    op.stripe_in.last = 3;
    CHECK(contains(why_not(op, full()), "PARTIAL_WIDTH_IN_LAST is 3"));
    CHECK(contains(why_not(op, full()), ": 4"));
    op.stripe_in.last = 2;
    op.stripe_out.last = 1;
    CHECK(contains(why_not(op, full()), "sum to 3 columns; legal: CUBE_OUT_WIDTH, 4"));
}

TEST_CASE("The line buffer limits the width of one stripe by the number of open windows") {
    PdpOp op = legal_op();
    op.atom_bytes = 8;
    op.in_channels = op.out_channels = 8;
    op.in_height = op.out_height = 1;
    op.kernel_height = op.stride_height = 1;
    op.kernel_width = op.stride_width = 1;
    op.pad_left = op.pad_top = 0;
    op.in_width = op.out_width = 128;
    CHECK(why_not(op, small()) == "");
    op.in_width = op.out_width = 129;
    CHECK(contains(why_not(op, small()), "129 output columns"));
    CHECK(contains(why_not(op, small()), "up to 128"));
    CHECK(why_not(op, full()) == "");
    // Three lines per window at stride 1 take part in three windows: a quarter each.
    op.in_width = op.out_width = 33;
    op.kernel_height = 3;
    op.in_height = 3;
    CHECK(contains(why_not(op, small()), "33 output columns"));
    CHECK(contains(why_not(op, small()), "up to 32"));
}

TEST_CASE("A memory that the configuration lacks is named") {
    PdpOp op = legal_op();
    op.atom_bytes = 8;
    op.in_channels = op.out_channels = 8;
    op.dst.ram = Ram::kSecondary;
    CHECK(contains(why_not(op, small()), "D_DST: RAM_TYPE is 0"));
    CHECK(contains(why_not(op, small()), "nv_small"));
    PdpRdmaOp rdma;
    rdma.src = {0, 8, 8, Ram::kSecondary};
    CHECK(contains(why_not(rdma, small()), "D_SRC: RAM_TYPE is 0"));
}

TEST_CASE("PDP and its reader must agree, about stripe fields only where there are stripes") {
    PdpOp op = legal_op();
    PdpRdmaOp rdma;
    rdma.width = rdma.height = 8;
    rdma.channels = 32;
    CHECK(why_not_together(op, rdma) == "");
    rdma.height = 7;
    CHECK(why_not_together(op, rdma) ==
          "DATA_CUBE_IN_HEIGHT is 7 in PDP_RDMA and 8 in PDP; legal: the same in both");
    rdma.height = 8;
    op.stripes = rdma.stripes = 2;
    CHECK(contains(why_not_together(op, rdma), "KERNEL_WIDTH is 1 in PDP_RDMA and 3 in PDP"));
    rdma.kernel_width = op.kernel_width;
    rdma.stride_width = op.stride_width;
    op.stripe_in.mid = rdma.stripe_in.mid + 1;
    CHECK(why_not_together(op, rdma) == "");  // two stripes have no middle one
    op.stripes = rdma.stripes = 3;
    CHECK(contains(why_not_together(op, rdma), "PARTIAL_WIDTH_IN_MID"));
}
