// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_decode.hpp"

#include "dla_regs/sdp_rdma_regs.hpp"
#include "dla_regs/sdp_regs.hpp"
#include "dla_tlm/sdp/sdp_words.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::sdp;

namespace {

namespace r = regs::sdp;
namespace rr = regs::sdp_rdma;

HardwareConfig full() {
    return *builtin_config("nv_full");
}
HardwareConfig small() {
    return *builtin_config("nv_small");
}

void set(RegisterFile& registers, Field field, std::uint32_t value) {
    const std::uint32_t offset = registers.table()[field.register_index].offset;
    const std::uint32_t old = registers.value(0, {field.register_index, offset});
    registers.write(offset, field.insert(old, value));
}

// Legal operations to spoil in one place.
SdpOp legal_op() {
    SdpOp op;
    op.shape.atom_bytes = 32;
    op.shape.width = 8;
    op.shape.height = 8;
    op.shape.channels = 40;
    op.dst = {0x1000, 0x100, 0x800, Ram::kPrimary};
    return op;
}

SdpRdmaOp legal_rdma() {
    SdpRdmaOp op;
    op.shape = legal_op().shape;
    op.src = {0x1000, 0x100, 0x800, Ram::kPrimary};
    return op;
}

bool says(const std::string& sentence, const char* words) {
    INFO(sentence);
    return sentence.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("SDP registers become plain numbers") {
    RegisterFile registers(r::kRegisters, regs::AddressMap::kNvFull);
    set(registers, r::DDataCubeWidth::kWidth, 15);
    set(registers, r::DDataCubeHeight::kHeight, 7);
    set(registers, r::DDataCubeChannel::kChannel, 32);
    set(registers, r::DDstBaseAddrLow::kDstBaseAddrLow, 0x80000020);
    set(registers, r::DDstBaseAddrHigh::kDstBaseAddrHigh, 0x1);
    set(registers, r::DDpBsCfg::kBsAluAlgo, 3);
    set(registers, r::DDpBsAluCfg::kBsAluShiftValue, 9);
    set(registers, r::DDpBsMulCfg::kBsMulShiftValue, 0xc5);
    set(registers, r::DDpBnCfg::kBnBypass, 1);
    set(registers, r::DDpBnMulSrcValue::kBnMulOperand, 0x8001);
    set(registers, r::DDpEwCfg::kEwAluAlgo, 3);
    set(registers, r::DDpEwTruncateValue::kEwTruncate, 1000);
    set(registers, r::DCvtScale::kCvtScale, 0xffff);
    set(registers, r::SLutInfo::kLutLeIndexOffset, 0xc0);
    set(registers, r::SLutLeSlopeShift::kLutLeSlopeOflowShift, 0x1f);
    const SdpOp op = decode(registers, 0, full());
    CHECK(op.shape.width == 16);
    CHECK(op.shape.height == 8);
    CHECK(op.shape.channels == 33);
    CHECK(op.shape.surfaces() == 2);
    CHECK(op.dst.base == 0x180000020);
    CHECK(op.bs.algorithm == AluAlgorithm::kSum);
    CHECK(op.bs.alu);
    CHECK(op.bs.alu_shift == 9);
    CHECK(op.bs.mul_shift == 5);  // six bits act
    CHECK(op.bn.bypass);
    CHECK(op.bn.mul_operand == 0x8001);
    CHECK(op.compares());
    CHECK(op.ew.truncate == 1000);
    CHECK(op.cvt.scale == -1);
    CHECK(op.lut.le_offset == -64);
    CHECK(op.lut.le.overflow.shift == -1);
}

TEST_CASE("SDP_RDMA registers become plain numbers") {
    RegisterFile registers(rr::kRegisters, regs::AddressMap::kNvFull);
    set(registers, rr::DFeatureModeCfg::kInPrecision, 1);
    set(registers, rr::DFeatureModeCfg::kProcPrecision, 0);
    set(registers, rr::DBrdmaCfg::kBrdmaDataUse, 2);
    set(registers, rr::DBrdmaCfg::kBrdmaDataSize, 1);
    set(registers, rr::DNrdmaCfg::kNrdmaDisable, 1);
    set(registers, rr::DErdmaCfg::kErdmaDataMode, 1);
    set(registers, rr::DErdmaCfg::kErdmaDataUse, 1);
    set(registers, rr::DErdmaCfg::kErdmaRamType, 1);
    const SdpRdmaOp op = decode_rdma(registers, 0, full());
    CHECK(op.in == Precision::kInt16);
    CHECK(op.bs.enabled);
    CHECK(op.bs.feeds_alu);
    CHECK(op.bs.feeds_mul);
    CHECK(op.bs.bytes(32) == 128);
    CHECK_FALSE(op.bn.enabled);
    CHECK(op.ew.per_element);
    CHECK(op.ew.feeds_alu);
    CHECK_FALSE(op.ew.feeds_mul);
    CHECK(op.ew.cube.ram == Ram::kPrimary);
}

TEST_CASE("A missing Y stage is bypassed and short addresses have no upper half") {
    RegisterFile registers(r::kRegisters, regs::AddressMap::kNvSmall);
    set(registers, r::DDpEwCfg::kEwBypass, 0);
    set(registers, r::DDstBaseAddrHigh::kDstBaseAddrHigh, 7);
    set(registers, r::DDstBaseAddrLow::kDstBaseAddrLow, 8);
    const SdpOp op = decode(registers, 0, small());
    CHECK(op.ew.bypass);
    CHECK(op.dst.base == 8);
    CHECK_FALSE(decode_rdma(RegisterFile(rr::kRegisters, regs::AddressMap::kNvSmall), 0, small())
                    .ew.enabled);
}

TEST_CASE("Legal operations are not refused") {
    CHECK(why_not(legal_op(), full()).empty());
    CHECK(why_not(legal_rdma(), full()).empty());
    CHECK(why_not_together(legal_op(), legal_rdma()).empty());
}

TEST_CASE("Precisions that the configuration or the converter lack are refused") {
    SdpOp op = legal_op();
    op.shape.proc = op.shape.out = Precision::kFp16;
    CHECK(why_not(op, full()).empty());
    CHECK(says(why_not(op, small()), "PROC_PRECISION is 2 (fp16)"));
    op.shape.proc = Precision::kInt16;
    CHECK(why_not(op, full()).empty());
    op.shape.out = Precision::kInt8;
    CHECK(says(why_not(op, full()), "OUT_PRECISION is int8 with PROC_PRECISION int16"));
    op.shape.out = static_cast<Precision>(3);
    CHECK(says(why_not(op, full()), "OUT_PRECISION is 3"));
    SdpRdmaOp rdma = legal_rdma();
    rdma.in = Precision::kInt16;
    CHECK(why_not(rdma, full()).empty());
    rdma.shape.out = Precision::kInt16;
    CHECK(says(why_not(rdma, full()), "IN_PRECISION is int16 with PROC_PRECISION int8"));
    rdma.in = Precision::kFp16;
    CHECK(says(why_not(rdma, full()), "IN_PRECISION is fp16"));
}

TEST_CASE("Winograd and batch need CACC, the feature and fitting sizes") {
    SdpOp op = legal_op();
    op.shape.winograd = true;
    CHECK(says(why_not(op, small()), "configuration without Winograd"));
    CHECK(says(why_not(op, full()), "FLYING_MODE 0"));
    op.shape.flying = true;
    CHECK(why_not(op, full()).empty());
    op.shape.width = 6;
    CHECK(says(why_not(op, full()), "6 wide and 8 high"));
    op = legal_op();
    op.shape.batches = 2;
    CHECK(says(why_not(op, small()), "BATCH_NUMBER is 2"));
    CHECK(says(why_not(op, full()), "FLYING_MODE 0"));
    op.shape.flying = true;
    op.dst_batch_stride = 0x1008;
    CHECK(says(why_not(op, full()), "D_DST_BATCH_STRIDE is 0x1008"));
    op.dst_batch_stride = 0x1000;
    CHECK(why_not(op, full()).empty());
    op.shape.out = Precision::kInt16;
    CHECK(says(why_not(op, full()), "WINOGRAD or BATCH_NUMBER"));
}

TEST_CASE("Comparison and conversion exclude the way to PDP") {
    SdpOp op = legal_op();
    op.ew.bypass = false;
    op.ew.alu = true;
    op.ew.algorithm = AluAlgorithm::kEqual;
    CHECK(why_not(op, full()).empty());
    op.to_pdp = true;
    CHECK(says(why_not(op, full()), "EQL"));
    op = legal_op();
    op.to_pdp = true;
    op.shape.out = Precision::kInt16;
    CHECK(says(why_not(op, full()), "OUTPUT_DST is 1 (PDP)"));
}

TEST_CASE("Addresses and strides must be whole atoms where they count") {
    SdpOp op = legal_op();
    op.dst.line_stride = 0x108;
    CHECK(says(why_not(op, full()), "D_DST_LINE_STRIDE is 0x108, legal are multiples of 32"));
    op.to_pdp = true;
    CHECK(why_not(op, full()).empty());
    SdpRdmaOp rdma = legal_rdma();
    rdma.bn.enabled = true;
    rdma.bn.cube = {0x1000, 3, 5, Ram::kPrimary};
    CHECK(why_not(rdma, full()).empty());  // per channel: strides do not count
    rdma.bn.per_element = true;
    CHECK(says(why_not(rdma, full()), "D_BN_LINE_STRIDE is 0x3"));
    rdma.bn.cube.base = 0x1008;
    CHECK(says(why_not(rdma, full()), "D_BN_BASE_ADDR_LOW is 0x1008"));
}

TEST_CASE("fp16 operands have two bytes") {
    SdpRdmaOp rdma = legal_rdma();
    rdma.shape.proc = rdma.shape.out = rdma.in = Precision::kFp16;
    rdma.bs.enabled = true;
    CHECK(says(why_not(rdma, full()), "D_BRDMA_CFG.DATA_SIZE is 0"));
    rdma.bs.value_bytes = 2;
    CHECK(why_not(rdma, full()).empty());
}

TEST_CASE("Both units must be programmed for one layer") {
    SdpOp op = legal_op();
    SdpRdmaOp rdma = legal_rdma();
    rdma.shape.height = 9;
    CHECK(says(why_not_together(op, rdma), "8 x 8 x 40 and SDP_RDMA for 8 x 9 x 40"));
    rdma = legal_rdma();
    rdma.shape.flying = true;
    CHECK(says(why_not_together(op, rdma), "FLYING_MODE is 0 in SDP and 1 in SDP_RDMA"));
    rdma = legal_rdma();
    op.bs.bypass = false;
    op.bs.mul = true;
    op.bs.mul_from_memory = true;
    CHECK(says(why_not_together(op, rdma), "D_DP_BS_MUL_CFG"));
    rdma.bs.enabled = true;
    rdma.bs.feeds_alu = true;
    CHECK(says(why_not_together(op, rdma), "DATA_USE"));
    rdma.bs.feeds_mul = true;
    CHECK(why_not_together(op, rdma).empty());
}

TEST_CASE("What hardware does although software must not ask for it is said") {
    CHECK(advice(legal_op()).empty());
    CHECK(advice(legal_rdma()).empty());
    CHECK(advice_together(legal_op(), legal_rdma()).empty());
    SdpOp op = legal_op();
    op.bn.bypass = false;
    op.bn.alu = op.bn.mul = op.bn.prelu = true;
    CHECK(says(advice(op), "BN_MUL_PRELU is 1 together with the ALU"));
    op.bn.prelu = false;
    op.bn.algorithm = AluAlgorithm::kEqual;
    CHECK(says(advice(op), "BN_ALU_ALGO is 3"));
    op = legal_op();
    op.ew.bypass = false;
    op.ew.alu = true;
    op.ew.algorithm = AluAlgorithm::kEqual;
    CHECK(advice(op).empty());
    op.cvt.shift = 1;
    CHECK(says(advice(op), "D_CVT_OFFSET 0, _SCALE 1, _SHIFT 1"));
    op.ew.lut = true;
    CHECK(says(advice(op), "EW_LUT_BYPASS 0"));
    SdpRdmaOp rdma = legal_rdma();
    rdma.shape.winograd = true;
    CHECK(says(advice_together(legal_op(), rdma), "WINOGRAD is 0 in SDP and 1 in SDP_RDMA"));
    rdma = legal_rdma();
    rdma.shape.batches = 3;
    CHECK(says(advice_together(legal_op(), rdma), "BATCH_NUMBER is 0 in SDP and 2"));
    rdma = legal_rdma();
    rdma.shape.out = Precision::kInt16;
    CHECK(says(advice_together(legal_op(), rdma), "OUT_PRECISION is 0 in SDP and 1"));
}

TEST_CASE("Table settings that no input can reach are said") {
    SdpOp op = legal_op();
    op.lut.le_offset = 32;
    CHECK(advice(op).empty());
    op.ew.bypass = false;
    op.ew.lut = true;
    CHECK(says(advice(op), "S_LUT_INFO.LUT_LE_INDEX_OFFSET is 32; legal: -64 to 31"));
    op.lut.le_linear = true;
    op.lut.le_select = -7;
    CHECK(says(advice(op), "LUT_LE_INDEX_SELECT is -7; legal: -6 to 25"));
    op.lut.le_select = 25;
    op.lut.lo_select = 24;
    CHECK(says(advice(op), "LUT_LO_INDEX_SELECT is 24; legal: -8 to 23"));
    op.shape.proc = op.shape.out = Precision::kFp16;
    CHECK(advice(op).empty());
    op.lut.lo_select = 120;
    CHECK(says(advice(op), "LUT_LO_INDEX_SELECT is 120; legal: -128 to 119"));
}

TEST_CASE("Operands of a single pixel must lie without gaps") {
    SdpRdmaOp op = legal_rdma();
    op.shape.width = op.shape.height = 1;
    op.bs.enabled = op.bs.per_element = true;
    op.bs.cube = {0x2000, 0, 32, Ram::kPrimary};
    CHECK(advice(op).empty());
    op.bs.cube.surface_stride = 64;
    CHECK(says(advice(op), "D_BS_SURFACE_STRIDE is 0x40 for a cube of one pixel; legal: 0x20"));
}

TEST_CASE("An operation is described in words") {
    SdpOp op = legal_op();
    op.bs.bypass = false;
    op.bs.alu = true;
    op.bs.relu = true;
    op.shape.out = Precision::kInt16;
    CHECK(describe(op) == "int8 8x8x40 from memory, X1 add relu, to memory as int16");
    op = legal_op();
    op.shape.flying = true;
    op.to_pdp = true;
    op.ew.bypass = false;
    op.ew.mul = true;
    op.ew.prelu = true;
    op.ew.lut = true;
    CHECK(describe(op) == "int8 8x8x40 from CACC, Y prelu lut, to PDP");
}
