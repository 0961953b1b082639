// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/rubik/rubik_decode.hpp"

#include <fmt/format.h>

#include "dla_regs/rubik_regs.hpp"

namespace dla::rubik {
namespace {

namespace r = regs::rubik;

constexpr unsigned kPlanarAlignment = 64;
constexpr unsigned kMaxOutputWidth = 8192;

std::string wrong_codes(const RubikOp& op) {
    if (op.mode > RubikMode::kMerge) {
        return "D_MISC_CFG.RUBIK_MODE is 3; legal: 0 contract, 1 split, 2 merge";
    }
    if (op.precision_code > 2) {
        return "D_MISC_CFG.IN_PRECISION is 3; legal: 0 int8, 1 int16, 2 fp16";
    }
    return "";
}

std::string wrong_memory(const char* field, Ram ram, const HardwareConfig& config) {
    if (ram == Ram::kPrimary || config.features.second_memory) return "";
    return fmt::format("{} is 0 (second memory), but {} has none; legal: 1", field, config.name);
}

std::string wrong_contract(const RubikOp& op) {
    const unsigned blocks = op.stride_x * op.stride_y;
    if (op.in_channels != op.out_channels * blocks) {
        return fmt::format(
            "DATAIN_CHANNEL is {}; legal: DATAOUT_CHANNEL {} times {} x {} pixels, "
            "{}",
            op.in_channels, op.out_channels, op.stride_x, op.stride_y, op.out_channels * blocks);
    }
    if (op.out_channels % op.lanes() != 0) {
        return fmt::format("DATAOUT_CHANNEL is {}; legal: whole surfaces, multiples of {}",
                           op.out_channels, op.lanes());
    }
    if (op.width * op.stride_x > kMaxOutputWidth) {
        return fmt::format("the output is {} pixels wide; legal: up to {}", op.width * op.stride_x,
                           kMaxOutputWidth);
    }
    const std::uint64_t block = std::uint64_t{op.surfaces()} * op.src.surface_stride;
    if (blocks > 1 && op.block_stride != block) {
        return fmt::format(
            "D_CONTRACT_STRIDE_0 is {:#x}; legal: {} surfaces of "
            "D_DAIN_SURF_STRIDE, {:#x}",
            op.block_stride, op.surfaces(), block);
    }
    const std::uint64_t group = std::uint64_t{op.stride_y} * op.dst.line_stride;
    if (op.height > 1 && op.line_group_stride != group) {
        return fmt::format(
            "D_CONTRACT_STRIDE_1 is {:#x}; legal: {} lines of D_DAOUT_LINE_STRIDE, "
            "{:#x}",
            op.line_group_stride, op.stride_y, group);
    }
    return "";
}

std::string wrong_planes(const RubikOp& op) {
    if (op.in_channels != op.out_channels) {
        return fmt::format("DATAOUT_CHANNEL is {}; legal: DATAIN_CHANNEL, {}", op.out_channels,
                           op.in_channels);
    }
    const bool split = op.mode == RubikMode::kSplit;
    const RubikPlace& planar = split ? op.dst : op.src;
    const char* registers = split ? "D_DAOUT" : "D_DAIN";
    struct Aligned {
        const char* name;
        std::uint64_t value;
    };
    for (const Aligned& aligned :
         {Aligned{"ADDR", planar.base}, Aligned{"LINE_STRIDE", planar.line_stride},
          Aligned{"PLANAR_STRIDE", planar.planar_stride}}) {
        if (aligned.value % kPlanarAlignment != 0) {
            return fmt::format("{}_{} is {:#x}; legal on the planar side: multiples of {}",
                               registers, aligned.name, aligned.value, kPlanarAlignment);
        }
    }
    return "";
}

}  // namespace

RubikOp decode(const RegisterFile& regs, unsigned group, const HardwareConfig& config) {
    const auto get = [&](Field field) { return regs.get(group, field); };
    RubikOp op;
    op.mode = static_cast<RubikMode>(get(r::DMiscCfg::kRubikMode));
    op.precision_code = get(r::DMiscCfg::kInPrecision);
    op.element_bytes = bytes_per_element(static_cast<Precision>(op.precision_code));
    op.atom_bytes = config.memory_atom_bytes;
    op.width = get(r::DDatainSize0::kDatainWidth) + 1;
    op.height = get(r::DDatainSize0::kDatainHeight) + 1;
    op.in_channels = get(r::DDatainSize1::kDatainChannel) + 1;
    op.out_channels = get(r::DDataoutSize1::kDataoutChannel) + 1;
    op.stride_x = get(r::DDeconvStride::kDeconvXStride) + 1;
    op.stride_y = get(r::DDeconvStride::kDeconvYStride) + 1;
    op.block_stride = get(r::DContractStride0::kContractStride0);
    op.line_group_stride = get(r::DContractStride1::kContractStride1);
    op.src = {regs.get_address(group, r::DDainAddrHigh::kRegister, r::DDainAddrLow::kRegister),
              get(r::DDainLineStride::kDainLineStride), get(r::DDainSurfStride::kDainSurfStride),
              get(r::DDainPlanarStride::kDainPlanarStride),
              static_cast<Ram>(get(r::DDainRamType::kDatainRamType))};
    op.dst = {regs.get_address(group, r::DDaoutAddrHigh::kRegister, r::DDaoutAddrLow::kRegister),
              get(r::DDaoutLineStride::kDaoutLineStride),
              get(r::DDaoutSurfStride::kDaoutSurfStride),
              get(r::DDaoutPlanarStride::kDaoutPlanarStride),
              static_cast<Ram>(get(r::DDaoutRamType::kDataoutRamType))};
    return op;
}

std::string why_not(const RubikOp& op, const HardwareConfig& config) {
    for (const std::string& words :
         {wrong_codes(op), wrong_memory("D_DAIN_RAM_TYPE", op.src.ram, config),
          wrong_memory("D_DAOUT_RAM_TYPE", op.dst.ram, config),
          op.mode == RubikMode::kContract ? wrong_contract(op) : wrong_planes(op)}) {
        if (!words.empty()) return words;
    }
    return "";
}

std::string describe(const RubikOp& op) {
    constexpr const char* kPrecisions[] = {"int8", "int16", "fp16", "unknown format"};
    const char* precision = kPrecisions[op.precision_code & 3];
    if (op.mode == RubikMode::kContract) {
        return fmt::format("contract {}x{} {} {}x{}x{} -> {}x{}x{}", op.stride_x, op.stride_y,
                           precision, op.width, op.height, op.in_channels, op.width * op.stride_x,
                           op.height * op.stride_y, op.out_channels);
    }
    return fmt::format("{} {} {}x{}x{}", op.mode == RubikMode::kSplit ? "split" : "merge",
                       precision, op.width, op.height, op.planes());
}

}  // namespace dla::rubik
