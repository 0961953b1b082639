// SPDX-License-Identifier: Apache-2.0
// Fields that two units of the pipeline hold. spec: conv-pipeline.md section 11.
#include <fmt/format.h>

#include <span>

#include "dla_regs/cacc_regs.hpp"
#include "dla_regs/cdma_regs.hpp"
#include "dla_regs/cmac_regs.hpp"
#include "dla_regs/csc_regs.hpp"
#include "dla_tlm/csc/conv_decode.hpp"

namespace dla::csc {
namespace {

namespace s = regs::csc;
namespace d = regs::cdma;
namespace m = regs::cmac;
namespace a = regs::cacc;

struct Shared {
    const char* name;  // register and field, CSC's spelling
    Field csc;
    Field other;
};

constexpr Shared kCdma[] = {
    {"D_MISC_CFG.CONV_MODE", s::DMiscCfg::kConvMode, d::DMiscCfg::kConvMode},
    {"D_MISC_CFG.DATA_REUSE", s::DMiscCfg::kDataReuse, d::DMiscCfg::kDataReuse},
    {"D_MISC_CFG.WEIGHT_REUSE", s::DMiscCfg::kWeightReuse, d::DMiscCfg::kWeightReuse},
    {"D_MISC_CFG.SKIP_DATA_RLS", s::DMiscCfg::kSkipDataRls, d::DMiscCfg::kSkipDataRls},
    {"D_MISC_CFG.SKIP_WEIGHT_RLS", s::DMiscCfg::kSkipWeightRls, d::DMiscCfg::kSkipWeightRls},
    {"D_DATAIN_FORMAT.DATAIN_FORMAT", s::DDatainFormat::kDatainFormat,
     d::DDatainFormat::kDatainFormat},
    {"D_BATCH_NUMBER.BATCHES", s::DBatchNumber::kBatches, d::DBatchNumber::kBatches},
    {"D_ENTRY_PER_SLICE.ENTRIES", s::DEntryPerSlice::kEntries, d::DEntryPerSlice::kEntries},
    {"D_WEIGHT_FORMAT.WEIGHT_FORMAT", s::DWeightFormat::kWeightFormat,
     d::DWeightFormat::kWeightFormat},
    {"D_WEIGHT_SIZE_EXT_1.WEIGHT_KERNEL", s::DWeightSizeExt1::kWeightKernel,
     d::DWeightSize1::kWeightKernel},
    {"D_BANK.DATA_BANK", s::DBank::kDataBank, d::DBank::kDataBank},
    {"D_BANK.WEIGHT_BANK", s::DBank::kWeightBank, d::DBank::kWeightBank},
};

// CSC counts what it takes out of CBUF itself.
constexpr Shared kCdmaWeights[] = {
    {"D_WEIGHT_BYTES.WEIGHT_BYTES", s::DWeightBytes::kWeightBytes, d::DWeightBytes::kWeightBytes},
};
constexpr Shared kCdmaMasks[] = {
    {"D_WMB_BYTES.WMB_BYTES", s::DWmbBytes::kWmbBytes, d::DWmbBytes::kWmbBytes},
};

constexpr Shared kCdmaWinograd[] = {
    {"D_DATAIN_SIZE_EXT_0.DATAIN_WIDTH_EXT", s::DDatainSizeExt0::kDatainWidthExt,
     d::DDatainSizeExt0::kDatainWidthExt},
};
constexpr Shared kCdmaWinogradHeight[] = {
    {"D_DATAIN_SIZE_EXT_0.DATAIN_HEIGHT_EXT", s::DDatainSizeExt0::kDatainHeightExt,
     d::DDatainSizeExt0::kDatainHeightExt},
};

// Direct modes: Winograd extension changes the sizes on the way.
constexpr Shared kCdmaDirect[] = {
    {"D_DATAIN_SIZE_EXT_0.DATAIN_WIDTH_EXT", s::DDatainSizeExt0::kDatainWidthExt,
     d::DDatainSize0::kDatainWidth},
    {"D_DATAIN_SIZE_EXT_1.DATAIN_CHANNEL_EXT", s::DDatainSizeExt1::kDatainChannelExt,
     d::DDatainSize1::kDatainChannel},
};
constexpr Shared kCdmaHeight[] = {
    {"D_DATAIN_SIZE_EXT_0.DATAIN_HEIGHT_EXT", s::DDatainSizeExt0::kDatainHeightExt,
     d::DDatainSize0::kDatainHeight},
};
constexpr Shared kCdmaPrecision[] = {
    {"D_MISC_CFG.PROC_PRECISION", s::DMiscCfg::kProcPrecision, d::DMiscCfg::kProcPrecision},
};
constexpr Shared kCmac[] = {
    {"D_MISC_CFG.CONV_MODE", s::DMiscCfg::kConvMode, m::DMiscCfg::kConvMode},
};
constexpr Shared kCmacPrecision[] = {
    {"D_MISC_CFG.PROC_PRECISION", s::DMiscCfg::kProcPrecision, m::DMiscCfg::kProcPrecision},
};
constexpr Shared kCacc[] = {
    {"D_MISC_CFG.CONV_MODE", s::DMiscCfg::kConvMode, a::DMiscCfg::kConvMode},
    {"D_DATAOUT_SIZE_0.DATAOUT_WIDTH", s::DDataoutSize0::kDataoutWidth,
     a::DDataoutSize0::kDataoutWidth},
    {"D_DATAOUT_SIZE_0.DATAOUT_HEIGHT", s::DDataoutSize0::kDataoutHeight,
     a::DDataoutSize0::kDataoutHeight},
    {"D_DATAOUT_SIZE_1.DATAOUT_CHANNEL", s::DDataoutSize1::kDataoutChannel,
     a::DDataoutSize1::kDataoutChannel},
    {"D_BATCH_NUMBER.BATCHES", s::DBatchNumber::kBatches, a::DBatchNumber::kBatches},
};
constexpr Shared kCaccPrecision[] = {
    {"D_MISC_CFG.PROC_PRECISION", s::DMiscCfg::kProcPrecision, a::DMiscCfg::kProcPrecision},
};

std::string first_difference(const UnitGroup& csc, const UnitGroup& other, const char* unit,
                             std::span<const Shared> fields) {
    if (csc.registers == nullptr || other.registers == nullptr) return "";
    for (const Shared& field : fields) {
        const std::uint32_t here = csc.registers->get(csc.group, field.csc);
        const std::uint32_t there = other.registers->get(other.group, field.other);
        if (here != there)
            return fmt::format("{} is {} in CSC but {} in {}; both must be equal", field.name, here,
                               there, unit);
    }
    return "";
}

// CDMA counts the bytes of a kernel, CSC its elements.
std::string wrong_kernel_bytes(const UnitGroup& cdma, const ConvOp& op) {
    const std::uint32_t field = cdma.registers->get(cdma.group, d::DWeightSize0::kBytePerKernel);
    const std::uint64_t bytes = op.kernel_elements() * op.element_bytes();
    if (field + std::uint64_t{1} == bytes) return "";
    return fmt::format(
        "D_WEIGHT_SIZE_0.BYTE_PER_KERNEL is {} in CDMA but a kernel of CSC has {} bytes; legal: {}",
        field, bytes, bytes - 1);
}

}  // namespace

std::string why_disagree(const PipelineGroups& units, const HardwareConfig& config) {
    const auto& csc = units.csc;
    if (csc.registers == nullptr) return "";
    const auto get = [&](Field field) { return csc.registers->get(csc.group, field); };
    const bool precisions = config.features.int16;  // else the field has no effect
    const bool winograd = get(s::DMiscCfg::kConvMode) == s::DMiscCfg::kConvModeWinograd;
    const bool reuse = get(s::DMiscCfg::kDataReuse) != 0;
    std::string reason;
    const auto compare = [&](bool applies, const UnitGroup& unit, const char* name,
                             std::span<const Shared> fields) {
        if (applies && reason.empty()) reason = first_difference(csc, unit, name, fields);
    };
    compare(true, units.cdma, "CDMA", kCdma);
    compare(!winograd, units.cdma, "CDMA", kCdmaDirect);
    compare(!winograd && !reuse, units.cdma, "CDMA", kCdmaHeight);
    compare(winograd, units.cdma, "CDMA", kCdmaWinograd);
    compare(winograd && !reuse, units.cdma, "CDMA", kCdmaWinogradHeight);
    compare(precisions, units.cdma, "CDMA", kCdmaPrecision);
    compare(true, units.cmac_a, "CMAC_A", kCmac);
    compare(precisions, units.cmac_a, "CMAC_A", kCmacPrecision);
    compare(true, units.cmac_b, "CMAC_B", kCmac);
    compare(precisions, units.cmac_b, "CMAC_B", kCmacPrecision);
    compare(true, units.cacc, "CACC", kCacc);
    compare(precisions, units.cacc, "CACC", kCaccPrecision);
    return reason;
}

std::string advice(const PipelineGroups& units, const HardwareConfig& config) {
    if (units.cdma.registers == nullptr || units.csc.registers == nullptr) return "";
    const ConvOp op = decode(*units.csc.registers, units.csc.group, config);
    if (op.weight_reuse) return "";
    std::string words = first_difference(units.csc, units.cdma, "CDMA", kCdmaWeights);
    if (words.empty() && op.compressed)
        words = first_difference(units.csc, units.cdma, "CDMA", kCdmaMasks);
    return words.empty() ? wrong_kernel_bytes(units.cdma, op) : words;
}

}  // namespace dla::csc
