// SPDX-License-Identifier: Apache-2.0
// Every field of CDP's and CDP_RDMA's registers decides one number of the layer.
#include "dla_regs/cdp_rdma_regs.hpp"
#include "dla_regs/cdp_regs.hpp"
#include "dla_tlm/cdp/cdp_decode.hpp"
#include "testing/field_table.hpp"

using namespace dla;
using namespace dla::cdp;

namespace {

namespace r = regs::cdp;
namespace rdma = regs::cdp_rdma;
using Entry = FieldEntry<CdpOp>;
using ReaderEntry = FieldEntry<CdpRdmaOp>;

// int16; the second half of a 38-bit bound is read from its low word.
constexpr Entry kLayer[] = {
    {"square sum", r::DFuncBypass::kSqsumBypass, 1, kMember<&CdpOp::square_sum_bypass>, 1},
    {"multiply", r::DFuncBypass::kMulBypass, 1, kMember<&CdpOp::multiply_bypass>, 1},
    {"NaN to zero", r::DNanFlushToZero::kNanToZero, 1, kMember<&CdpOp::nan_to_zero>, 1},
    {"lookups counted", r::DPerfEnable::kLutEn, 1, kMember<&CdpOp::count_lut>, 1},
    {"window", r::DLrnCfg::kNormalzLen, 3, kMember<&CdpOp::window>, 9},
    {"input offset", r::DDatinOffset::kDatinOffset, 0xffff,
     kMember<&CdpOp::input, &Converter::offset>, -1},
    {"input scale", r::DDatinScale::kDatinScale, 0xfffe, kMember<&CdpOp::input, &Converter::scale>,
     -2},
    {"input shift", r::DDatinShifter::kDatinShifter, 7, kMember<&CdpOp::input, &Converter::shift>,
     7},
    {"output offset", r::DDatoutOffset::kDatoutOffset, 0xffffffff,
     kMember<&CdpOp::output, &Converter::offset>, -1},
    {"output scale", r::DDatoutScale::kDatoutScale, 0xfffe,
     kMember<&CdpOp::output, &Converter::scale>, -2},
    {"output shift", r::DDatoutShifter::kDatoutShifter, 8,
     kMember<&CdpOp::output, &Converter::shift>, 8},
    {"LE exponent", r::SLutCfg::kLutLeFunction, 1, kMember<&CdpOp::lut, &LutSettings::le_exponent>,
     0},
    {"underflow priority", r::SLutCfg::kLutUflowPriority, 1,
     kMember<&CdpOp::lut, &LutSettings::priority, &lut::Priority::underflow_lo>, 1},
    {"overflow priority", r::SLutCfg::kLutOflowPriority, 1,
     kMember<&CdpOp::lut, &LutSettings::priority, &lut::Priority::overflow_lo>, 1},
    {"hybrid priority", r::SLutCfg::kLutHybridPriority, 1,
     kMember<&CdpOp::lut, &LutSettings::priority, &lut::Priority::hybrid_lo>, 1},
    {"LE offset", r::SLutInfo::kLutLeIndexOffset, 0xff,
     kMember<&CdpOp::lut, &LutSettings::le_offset>, -1},
    {"LE select", r::SLutInfo::kLutLeIndexSelect, 5, kMember<&CdpOp::lut, &LutSettings::le_select>,
     5},
    {"LO select", r::SLutInfo::kLutLoIndexSelect, 0x7f,
     kMember<&CdpOp::lut, &LutSettings::lo_select>, -1},
    {"LE start", r::SLutLeStartHigh::kLutLeStartHigh, 0x3f,
     kMember<&CdpOp::lut, &LutSettings::le, &LutRange::start>, -(std::int64_t{1} << 32)},
    {"LE end", r::SLutLeEndHigh::kLutLeEndHigh, 1,
     kMember<&CdpOp::lut, &LutSettings::le, &LutRange::end>, std::int64_t{1} << 32},
    {"LO start", r::SLutLoStartHigh::kLutLoStartHigh, 0x3e,
     kMember<&CdpOp::lut, &LutSettings::lo, &LutRange::start>, -(std::int64_t{2} << 32)},
    {"LO end", r::SLutLoEndHigh::kLutLoEndHigh, 2,
     kMember<&CdpOp::lut, &LutSettings::lo, &LutRange::end>, std::int64_t{2} << 32},
    {"LE underflow scale", r::SLutLeSlopeScale::kLutLeSlopeUflowScale, 13,
     kMember<&CdpOp::lut, &LutSettings::le, &LutRange::underflow, &Slope::scale>, 13},
    {"LE underflow shift", r::SLutLeSlopeShift::kLutLeSlopeUflowShift, 31,
     kMember<&CdpOp::lut, &LutSettings::le, &LutRange::underflow, &Slope::shift>, -1},
    {"LE overflow scale", r::SLutLeSlopeScale::kLutLeSlopeOflowScale, 14,
     kMember<&CdpOp::lut, &LutSettings::le, &LutRange::overflow, &Slope::scale>, 14},
    {"LE overflow shift", r::SLutLeSlopeShift::kLutLeSlopeOflowShift, 30,
     kMember<&CdpOp::lut, &LutSettings::le, &LutRange::overflow, &Slope::shift>, -2},
    {"LO underflow scale", r::SLutLoSlopeScale::kLutLoSlopeUflowScale, 15,
     kMember<&CdpOp::lut, &LutSettings::lo, &LutRange::underflow, &Slope::scale>, 15},
    {"LO underflow shift", r::SLutLoSlopeShift::kLutLoSlopeUflowShift, 29,
     kMember<&CdpOp::lut, &LutSettings::lo, &LutRange::underflow, &Slope::shift>, -3},
    {"LO overflow scale", r::SLutLoSlopeScale::kLutLoSlopeOflowScale, 16,
     kMember<&CdpOp::lut, &LutSettings::lo, &LutRange::overflow, &Slope::scale>, 16},
    {"LO overflow shift", r::SLutLoSlopeShift::kLutLoSlopeOflowShift, 28,
     kMember<&CdpOp::lut, &LutSettings::lo, &LutRange::overflow, &Slope::shift>, -4},
    {"line stride", r::DDstLineStride::kDstLineStride, 64,
     kMember<&CdpOp::dst, &CubePlace::line_stride>, 64},
    {"surface stride", r::DDstSurfaceStride::kDstSurfaceStride, 96,
     kMember<&CdpOp::dst, &CubePlace::surface_stride>, 96},
    {"memory", r::DDstDmaCfg::kDstRamType, 1, kMember<&CdpOp::dst, &CubePlace::ram>, 1},
};

constexpr ReaderEntry kReader[] = {
    {"precision", rdma::DDataFormat::kInputData, 2, kMember<&CdpRdmaOp::precision_code>, 2},
    {"width", rdma::DDataCubeWidth::kWidth, 6, kMember<&CdpRdmaOp::width>, 7},
    {"height", rdma::DDataCubeHeight::kHeight, 7, kMember<&CdpRdmaOp::height>, 8},
    {"channels", rdma::DDataCubeChannel::kChannel, 8, kMember<&CdpRdmaOp::channels>, 9},
    {"line stride", rdma::DSrcLineStride::kSrcLineStride, 64,
     kMember<&CdpRdmaOp::src, &CubePlace::line_stride>, 64},
    {"surface stride", rdma::DSrcSurfaceStride::kSrcSurfaceStride, 96,
     kMember<&CdpRdmaOp::src, &CubePlace::surface_stride>, 96},
    {"memory", rdma::DSrcDmaCfg::kSrcRamType, 1, kMember<&CdpRdmaOp::src, &CubePlace::ram>, 1},
};

// Of the precision that the second group asks for.
CdpOp decode_as(const RegisterFile& registers, Precision precision) {
    RegisterFile copy = registers;
    copy.set(1, r::DDataFormat::kRegister, static_cast<std::uint32_t>(precision));
    return decode(copy, 1, {}, *builtin_config("nv_full"));
}

}  // namespace

TEST_CASE("Each field of CDP decides its own number and no other") {
    check_fields<CdpOp>(
        r::kRegisters, std::span<const Entry>(kLayer),
        [](const RegisterFile& registers) { return decode_as(registers, Precision::kInt16); });
}

TEST_CASE("Each field of CDP_RDMA decides its own number and no other") {
    check_fields<CdpRdmaOp>(
        rdma::kRegisters, std::span<const ReaderEntry>(kReader),
        [](const RegisterFile& registers) { return decode_rdma(registers, 1); });
}

TEST_CASE("CDP's offsets and selections have the width of the precision") {
    RegisterFile registers(r::kRegisters, regs::AddressMap::kNvFull);
    registers.write(4, 1);
    registers.write(r::DDatinOffset::kRegister.offset, 0x8080);
    registers.write(r::DDatoutOffset::kRegister.offset, 0x81000000);
    registers.write(r::SLutInfo::kRegister.offset, r::SLutInfo::kLutLoIndexSelect.insert(0, 0x60));
    const CdpOp int8 = decode_as(registers, Precision::kInt8);
    CHECK(int8.input.offset == -128);
    CHECK(int8.output.offset == -(1 << 24));
    CHECK(int8.lut.lo_select == -32);
    const CdpOp int16 = decode_as(registers, Precision::kInt16);
    CHECK(int16.input.offset == -32640);
    CHECK(int16.lut.lo_select == -32);
    CHECK(decode_as(registers, Precision::kFp16).lut.lo_select == 96);
}
