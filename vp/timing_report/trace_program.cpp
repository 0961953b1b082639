// SPDX-License-Identifier: Apache-2.0
#include "vp/timing_report/trace_program.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <map>

#include "dla_regs/cdma_regs.hpp"
#include "dla_regs/cdp_rdma_regs.hpp"
#include "dla_regs/cdp_regs.hpp"
#include "dla_regs/csc_regs.hpp"
#include "dla_regs/pdp_regs.hpp"
#include "dla_regs/sdp_rdma_regs.hpp"
#include "dla_regs/sdp_regs.hpp"
#include "dla_tlm/common/register_file.hpp"

namespace dla::vp {
namespace {

// One register group of a unit at the moment of its D_OP_ENABLE.
class Group {
  public:
    Group(const RegisterFile& file, unsigned group) : file_(file), group_(group) {}

    unsigned raw(Field field) const { return file_.get(group_, field); }
    unsigned count(Field field) const { return raw(field) + 1; }
    bool flag(Field field) const { return raw(field) != 0; }
    Precision precision(Field field) const { return static_cast<Precision>(raw(field)); }
    std::uint64_t bytes(Register reg) const { return file_.value(group_, reg); }

  private:
    const RegisterFile& file_;
    unsigned group_;
};

std::array<unsigned, 2> plane_bytes(unsigned format) {
    constexpr unsigned kFirstSemiPlanar = 28;
    constexpr unsigned kFirstSemiPlanar16 = 30;
    if (format >= kFirstSemiPlanar16) return {2, 4};
    if (format >= kFirstSemiPlanar) return {1, 2};
    if (format == 0) return {1, 0};
    if (format <= 5) return {2, 0};
    if (format <= 11) return {8, 0};
    return {4, 0};
}

csc::ConvLayer conv_layer(const Group& cdma, const Group& csc, const HardwareConfig& config) {
    namespace d = regs::cdma;
    namespace s = regs::csc;
    csc::ConvLayer layer{};
    layer.precision = csc.precision(s::DMiscCfg::kProcPrecision);
    layer.image = cdma.flag(d::DDatainFormat::kDatainFormat);
    layer.winograd = cdma.flag(d::DMiscCfg::kConvMode);
    layer.data_reuse = cdma.flag(d::DMiscCfg::kDataReuse);
    layer.weight_reuse = cdma.flag(d::DMiscCfg::kWeightReuse);
    layer.keep_weights = cdma.flag(d::DMiscCfg::kSkipWeightRls);
    layer.width = cdma.count(d::DDatainSize0::kDatainWidth);
    layer.height = cdma.count(d::DDatainSize0::kDatainHeight);
    layer.channels = cdma.count(d::DDatainSize1::kDatainChannel);
    layer.batches = cdma.count(d::DBatchNumber::kBatches);
    if (layer.image) {
        layer.plane_bytes_per_pixel = plane_bytes(cdma.raw(d::DDatainFormat::kPixelFormat));
        layer.x_offset = cdma.raw(d::DPixelOffset::kPixelXOffset);
    }
    layer.kernel_width = csc.count(s::DWeightSizeExt0::kWeightWidthExt);
    layer.kernel_height = csc.count(s::DWeightSizeExt0::kWeightHeightExt);
    if (layer.image) {
        layer.kernel_width = csc.count(s::DWeightSizeExt1::kWeightChannelExt) / layer.channels;
    }
    layer.kernels = csc.count(s::DWeightSizeExt1::kWeightKernel);
    layer.kernels_per_group = config.kernels_per_group(layer.precision);
    layer.out_width = csc.count(s::DDataoutSize0::kDataoutWidth);
    layer.out_height = csc.count(s::DDataoutSize0::kDataoutHeight);
    layer.weight_bytes = cdma.bytes(d::DWeightBytes::kRegister);
    layer.data_banks = cdma.count(d::DBank::kDataBank);
    layer.weight_banks = cdma.count(d::DBank::kWeightBank);
    layer.fetch_grain = cdma.count(d::DFetchGrain::kGrains);
    layer.entries_per_line = cdma.count(d::DEntryPerSlice::kEntries);
    return layer;
}

// Where the registers of one SDP stage are.
struct StageFields {
    Field bypass, alu_bypass, mul_bypass;
    Field disable, use, two_bytes, per_element;
};

sdp::SdpStage sdp_stage(const Group& sdp, const Group& rdma, const StageFields& fields,
                        const sdp::SdpLayer& layer, const HardwareConfig& config) {
    constexpr unsigned kBoth = 2;
    sdp::SdpStage stage{};
    stage.active = !sdp.flag(fields.bypass);
    stage.alu = !sdp.flag(fields.alu_bypass);
    stage.multiplier = !sdp.flag(fields.mul_bypass);
    if (rdma.flag(fields.disable)) return stage;
    stage.per_element = rdma.flag(fields.per_element);
    stage.paired = rdma.raw(fields.use) == kBoth;
    const std::uint64_t bytes_per_value =
        (rdma.flag(fields.two_bytes) ? 2u : 1u) * (stage.paired ? 2u : 1u);
    const std::uint64_t atoms = stage.per_element ? layer.pixels * layer.surfaces : layer.surfaces;
    const std::uint64_t elements = config.memory_atom_bytes / layer.bytes_per_element;
    stage.operand_beats = ceil_div(atoms * elements * bytes_per_value, config.primary.width_bytes);
    return stage;
}

SdpRun sdp_run(const Group& sdp, const Group& rdma, const HardwareConfig& config) {
    namespace s = regs::sdp;
    namespace r = regs::sdp_rdma;
    SdpRun run{};
    run.from_cacc = sdp.flag(s::DFeatureModeCfg::kFlyingMode);
    sdp::SdpLayer& layer = run.layer;
    const Precision precision = sdp.precision(s::DDataFormat::kProcPrecision);
    layer.bytes_per_element = bytes_per_element(precision);
    layer.pixels = std::uint64_t{sdp.count(s::DDataCubeWidth::kWidth)} *
                   sdp.count(s::DDataCubeHeight::kHeight) *
                   sdp.count(s::DFeatureModeCfg::kBatchNumber);
    layer.surfaces = static_cast<unsigned>(
        ceil_div(sdp.count(s::DDataCubeChannel::kChannel), config.elements_per_atom(precision)));
    layer.to_pdp = sdp.flag(s::DFeatureModeCfg::kOutputDst);
    const StageFields bs{s::DDpBsCfg::kBsBypass,      s::DDpBsCfg::kBsAluBypass,
                         s::DDpBsCfg::kBsMulBypass,   r::DBrdmaCfg::kBrdmaDisable,
                         r::DBrdmaCfg::kBrdmaDataUse, r::DBrdmaCfg::kBrdmaDataSize,
                         r::DBrdmaCfg::kBrdmaDataMode};
    const StageFields bn{s::DDpBnCfg::kBnBypass,      s::DDpBnCfg::kBnAluBypass,
                         s::DDpBnCfg::kBnMulBypass,   r::DNrdmaCfg::kNrdmaDisable,
                         r::DNrdmaCfg::kNrdmaDataUse, r::DNrdmaCfg::kNrdmaDataSize,
                         r::DNrdmaCfg::kNrdmaDataMode};
    const StageFields ew{s::DDpEwCfg::kEwBypass,      s::DDpEwCfg::kEwAluBypass,
                         s::DDpEwCfg::kEwMulBypass,   r::DErdmaCfg::kErdmaDisable,
                         r::DErdmaCfg::kErdmaDataUse, r::DErdmaCfg::kErdmaDataSize,
                         r::DErdmaCfg::kErdmaDataMode};
    layer.stages[0] = sdp_stage(sdp, rdma, bs, layer, config);
    layer.stages[1] = sdp_stage(sdp, rdma, bn, layer, config);
    if (config.features.sdp_ew) {
        layer.stages[2] = sdp_stage(sdp, rdma, ew, layer, config);
        sdp::SdpStage& stage = layer.stages[2];
        stage.lut = !sdp.flag(s::DDpEwCfg::kEwLutBypass);
        stage.converted = (stage.alu && sdp.flag(s::DDpEwAluCfg::kEwAluSrc) &&
                           !sdp.flag(s::DDpEwAluCfg::kEwAluCvtBypass)) ||
                          (stage.multiplier && sdp.flag(s::DDpEwMulCfg::kEwMulSrc) &&
                           !sdp.flag(s::DDpEwMulCfg::kEwMulCvtBypass));
    }
    return run;
}

std::vector<pdp::PdpStrip> strips(const Group& pdp, const pdp::PdpLayer& layer,
                                  unsigned out_width) {
    namespace p = regs::pdp;
    const unsigned splits = pdp.count(p::DOperationModeCfg::kSplitNum);
    if (splits == 1) return {{.in_width = layer.width, .out_width = out_width}};
    const auto strip = [&](Field in, Field out) {
        return pdp::PdpStrip{.in_width = pdp.count(in), .out_width = pdp.count(out)};
    };
    std::vector<pdp::PdpStrip> all{strip(p::DPartialWidthIn::kPartialWidthInFirst,
                                         p::DPartialWidthOut::kPartialWidthOutFirst)};
    for (unsigned i = 2; i < splits; ++i) {
        all.push_back(strip(p::DPartialWidthIn::kPartialWidthInMid,
                            p::DPartialWidthOut::kPartialWidthOutMid));
    }
    all.push_back(
        strip(p::DPartialWidthIn::kPartialWidthInLast, p::DPartialWidthOut::kPartialWidthOutLast));
    // The registers hold what is new; columns shared with the strip before are read again.
    for (std::size_t i = 1; i < all.size(); ++i) {
        all[i].in_width += layer.kernel_width - layer.stride_x;
    }
    return all;
}

PdpRun pdp_run(const Group& pdp, const HardwareConfig& config) {
    namespace p = regs::pdp;
    constexpr unsigned kOnTheFly = 0;
    PdpRun run{};
    run.from_sdp = pdp.raw(p::DOperationModeCfg::kFlyingMode) == kOnTheFly;
    pdp::PdpLayer& layer = run.layer;
    const Precision precision = pdp.precision(p::DDataFormat::kInputData);
    layer.bytes_per_element = bytes_per_element(precision);
    layer.width = pdp.count(p::DDataCubeInWidth::kCubeInWidth);
    layer.height = pdp.count(p::DDataCubeInHeight::kCubeInHeight);
    layer.out_height = pdp.count(p::DDataCubeOutHeight::kCubeOutHeight);
    layer.surfaces = static_cast<unsigned>(ceil_div(
        pdp.count(p::DDataCubeInChannel::kCubeInChannel), config.elements_per_atom(precision)));
    layer.kernel_width = pdp.count(p::DPoolingKernelCfg::kKernelWidth);
    layer.kernel_height = pdp.count(p::DPoolingKernelCfg::kKernelHeight);
    layer.stride_x = pdp.count(p::DPoolingKernelCfg::kKernelStrideWidth);
    layer.stride_y = pdp.count(p::DPoolingKernelCfg::kKernelStrideHeight);
    layer.pad_left = pdp.raw(p::DPoolingPaddingCfg::kPadLeft);
    layer.pad_top = pdp.raw(p::DPoolingPaddingCfg::kPadTop);
    layer.strips = strips(pdp, layer, pdp.count(p::DDataCubeOutWidth::kCubeOutWidth));
    return run;
}

cdp::CdpLayer cdp_layer(const Group& cdp, const Group& rdma, const HardwareConfig& config) {
    namespace c = regs::cdp;
    namespace r = regs::cdp_rdma;
    const Precision precision = cdp.precision(c::DDataFormat::kInputDataType);
    cdp::CdpLayer layer{};
    layer.width = rdma.count(r::DDataCubeWidth::kWidth);
    layer.height = rdma.count(r::DDataCubeHeight::kHeight);
    layer.surfaces = static_cast<unsigned>(
        ceil_div(rdma.count(r::DDataCubeChannel::kChannel), config.elements_per_atom(precision)));
    layer.bytes_per_element = bytes_per_element(precision);
    layer.bypass = cdp.flag(c::DFuncBypass::kSqsumBypass);
    return layer;
}

// All register files of a DLA, and the program that grows with every enable write.
class Reader {
  public:
    explicit Reader(const HardwareConfig& config) : config_(config) {
        for (const auto& unit : regs::catalogue()) {
            files_.try_emplace(unit.name, *unit.registers, config.address_map);
        }
    }

    void write(const std::string& unit, const std::string& name, std::uint32_t value) {
        const auto place = regs::find_register(config_.address_map, unit, name);
        const auto file = files_.find(unit);
        if (!place || file == files_.end()) return;
        const unsigned group = file->second.producer();
        if (file->second.write(place->info->offset, value) != Access::kEnabled) return;
        add(unit, group);
        file->second.complete();
    }
    TraceProgram take() { return std::move(program_); }

  private:
    Group group_of(const char* unit, unsigned group) const { return {files_.at(unit), group}; }

    void add(const std::string& unit, unsigned group) {
        if (unit == "CDMA") {
            program_.convolutions.push_back(
                conv_layer(group_of("CDMA", group), group_of("CSC", group), config_));
        } else if (unit == "SDP") {
            program_.sdps.push_back(
                sdp_run(group_of("SDP", group), group_of("SDP_RDMA", group), config_));
        } else if (unit == "PDP") {
            program_.pdps.push_back(pdp_run(group_of("PDP", group), config_));
        } else if (unit == "CDP") {
            program_.cdps.push_back(
                cdp_layer(group_of("CDP", group), group_of("CDP_RDMA", group), config_));
        }
    }

    const HardwareConfig& config_;
    std::map<std::string, RegisterFile> files_;
    TraceProgram program_;
};

}  // namespace

Result<TraceProgram> read_program(const std::string& path, const HardwareConfig& config) {
    std::ifstream file(path);
    if (!file) return fail(fmt::format("{}: cannot be read as a trace", path));
    Reader reader(config);
    std::string line;
    while (std::getline(file, line)) {
        char unit[32];
        char name[64];
        unsigned value = 0;
        if (std::sscanf(line.c_str(), "reg_write(NVDLA_%31[A-Z_].%63[A-Z_a-z0-9], 0x%x", unit, name,
                        &value) != 3) {
            continue;
        }
        std::string reg = name;
        if (reg.ends_with("_0")) reg.resize(reg.size() - 2);  // register instance
        reader.write(unit, reg, value);
    }
    return reader.take();
}

}  // namespace dla::vp
