// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cacc/cacc_decode.hpp"

#include <fmt/format.h>

#include "dla_regs/cacc_regs.hpp"

namespace dla::cacc {
namespace {

namespace r = regs::cacc;

constexpr unsigned kGreatestTruncate = 16;

}  // namespace

CaccOp decode(const RegisterFile& cacc, unsigned group, const HardwareConfig& config) {
    const auto get = [&](Field field) { return cacc.get(group, field); };
    CaccOp op;
    op.winograd = get(r::DMiscCfg::kConvMode) == r::DMiscCfg::kConvModeWinograd;
    // Hardware computes with the precisions it has, whatever the register says.
    op.precision_code = get(r::DMiscCfg::kProcPrecision);
    const auto asked = static_cast<Precision>(op.precision_code);
    op.precision = op.precision_code <= 2 && config.has_precision(asked) ? asked : Precision::kInt8;
    op.out_width = get(r::DDataoutSize0::kDataoutWidth) + 1;
    op.out_height = get(r::DDataoutSize0::kDataoutHeight) + 1;
    op.out_channels = get(r::DDataoutSize1::kDataoutChannel) + 1;
    op.batches = get(r::DBatchNumber::kBatches) + 1;
    op.clip_truncate = get(r::DClipCfg::kClipTruncate);
    op.address = get(r::DDataoutAddr::kDataoutAddr);
    op.line_stride = get(r::DLineStride::kLineStride);
    op.surface_stride = get(r::DSurfStride::kSurfStride);
    op.line_packed = get(r::DDataoutMap::kLinePacked) != 0;
    op.surface_packed = get(r::DDataoutMap::kSurfPacked) != 0;
    op.lanes_per_surface = config.elements_per_atom(op.precision);
    return op;
}

std::string why_not(const CaccOp& op, const HardwareConfig& config) {
    // Configurations with one precision ignore the field.
    if (config.features.int16 &&
        (op.precision_code > 2 || !config.has_precision(static_cast<Precision>(op.precision_code))))
        return fmt::format("D_MISC_CFG.PROC_PRECISION is {}; legal: 0 (int8), 1 (int16), 2 (fp16)",
                           op.precision_code);
    if (op.winograd && !config.features.winograd)
        return fmt::format("D_MISC_CFG.CONV_MODE is 1 (Winograd), which {} does not have; legal: 0",
                           config.name);
    if (op.precision != Precision::kFp16 && op.clip_truncate > kGreatestTruncate)
        return fmt::format("D_CLIP_CFG.CLIP_TRUNCATE is {}; legal: 0 to {}", op.clip_truncate,
                           kGreatestTruncate);
    if (op.batches > config.features.batch_max)
        return fmt::format("D_BATCH_NUMBER.BATCHES is {} ({} items); legal: {} items at most",
                           op.batches - 1, op.batches, config.features.batch_max);
    return "";
}

}  // namespace dla::cacc
