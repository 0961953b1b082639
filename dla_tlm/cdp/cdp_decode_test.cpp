// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdp/cdp_decode.hpp"

#include "dla_regs/cdp_rdma_regs.hpp"
#include "dla_regs/cdp_regs.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::cdp;

namespace {

namespace r = regs::cdp;

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const HardwareConfig& full() {
    static const HardwareConfig config = *builtin_config("nv_full");
    return config;
}

RegisterFile programmed(std::uint32_t precision) {
    RegisterFile regs(r::kRegisters, regs::AddressMap::kNvFull);
    regs.write(r::DDataFormat::kRegister.offset, precision);
    regs.write(r::DDatinOffset::kRegister.offset, 0x0180);
    regs.write(r::DDatoutOffset::kRegister.offset, 0x01000000);
    regs.write(r::DLrnCfg::kRegister.offset, 2);
    regs.write(r::SLutInfo::kRegister.offset, 0x0020fe40);
    regs.write(r::SLutLeStartLow::kRegister.offset, 0xfffffff0);
    regs.write(r::SLutLeStartHigh::kRegister.offset, 0x3f);
    regs.write(r::SLutLeSlopeScale::kRegister.offset, 0xfffe0003);
    regs.write(r::SLutLeSlopeShift::kRegister.offset, (0x1fU << 5) | 4);
    return regs;
}

}  // namespace

TEST_CASE("Fields decode to the width that the precision uses") {
    const CdpOp int8 = decode(programmed(0), 0, {}, full());
    CHECK(int8.input.offset == -128);
    CHECK(int8.output.offset == -0x01000000);
    CHECK(int8.lut.lo_select == -32);
    CHECK(int8.lut.le_select == -2);
    const CdpOp int16 = decode(programmed(1), 0, {}, full());
    CHECK(int16.input.offset == 0x180);
    CHECK(int16.output.offset == 0x01000000);
    CHECK(int16.lut.lo_select == 32);
    CHECK(int16.window == 7);
    CHECK(int16.lut.le_offset == 64);
}

TEST_CASE("Table bounds are 38 bits signed, slopes signed, or fp patterns") {
    const CdpOp op = decode(programmed(1), 0, {}, full());
    CHECK(op.lut.le.start == -16);
    CHECK(op.lut.le.underflow.scale == 3);
    CHECK(op.lut.le.overflow.scale == -2);
    CHECK(op.lut.le.underflow.shift == 4);
    CHECK(op.lut.le.overflow.shift == -1);
    const CdpOp fp16 = decode(programmed(2), 0, {}, full());
    CHECK(fp16.lut.le.start == 0xfffffff0);
    CHECK(fp16.lut.le.overflow.scale == 0xfffe);
}

TEST_CASE("The cube size comes from the reader") {
    RegisterFile rdma(regs::cdp_rdma::kRegisters, regs::AddressMap::kNvFull);
    rdma.write(regs::cdp_rdma::DDataCubeWidth::kRegister.offset, 4);
    rdma.write(regs::cdp_rdma::DDataCubeHeight::kRegister.offset, 5);
    rdma.write(regs::cdp_rdma::DDataCubeChannel::kRegister.offset, 39);
    const CdpOp op = decode(programmed(0), 0, decode_rdma(rdma, 0), full());
    CHECK(op.width == 5);
    CHECK(op.height == 6);
    CHECK(op.channels == 40);
    CHECK(op.surfaces() == 2);
    CHECK(describe(op) == "LRN over 7 channels int8 5x6x40");
}

TEST_CASE("What normalisation cannot do is said with field, value and legal range") {
    const HardwareConfig small = *builtin_config("nv_small");
    CdpOp op;
    op.atom_bytes = 8;
    op.dst = {0, 8, 8, Ram::kPrimary};
    CHECK(why_not(op, small) == "");
    SECTION("precision") {
        op.precision_code = 1;
        CHECK(contains(why_not(op, small), "INPUT_DATA_TYPE is 1 (int16), which nv_small"));
    }
    SECTION("table settings") {
        op.lut.lo_select = 14;
        CHECK(contains(why_not(op, small), "LUT_LO_INDEX_SELECT is 14; legal: -8 to 13"));
    }
    SECTION("destination") {
        op.dst.base = 4;
        CHECK(contains(why_not(op, small), "D_DST_BASE_ADDR is 0x4"));
    }
    SECTION("source") {
        CdpRdmaOp rdma;
        rdma.src = {0, 8, 8, Ram::kSecondary};
        CHECK(contains(why_not(rdma, small), "D_SRC: RAM_TYPE is 0"));
    }
    SECTION("disagreement") {
        CdpRdmaOp rdma;
        rdma.precision_code = 2;
        CHECK(contains(why_not_together(op, rdma), "INPUT_DATA is 2 in CDP_RDMA"));
    }
}
