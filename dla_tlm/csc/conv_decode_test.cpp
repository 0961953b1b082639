// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/conv_decode.hpp"

#include <vector>

#include "dla_regs/cacc_regs.hpp"
#include "dla_regs/cdma_regs.hpp"
#include "dla_regs/cmac_regs.hpp"
#include "dla_regs/csc_regs.hpp"
#include "dla_tlm/cacc/cacc_decode.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::csc;

namespace {

namespace s = regs::csc;
namespace d = regs::cdma;
namespace m = regs::cmac;
namespace a = regs::cacc;

using Catch::Matchers::StartsWith;

struct Setting {
    Field field;
    std::uint32_t value;
};

class Registers {
  public:
    Registers(const UnitRegisters& unit, const HardwareConfig& config)
        : file_(unit, config.address_map) {}

    void set(Field field, std::uint32_t value) {
        const Register place{field.register_index, 0};
        file_.set(0, place, field.insert(file_.value(0, place), value));
    }
    const RegisterFile& file() const { return file_; }

  private:
    RegisterFile file_;
};

// A legal layer in all five units, to be spoilt field by field.
struct Pipeline {
    explicit Pipeline(const std::string& name)
        : config(builtin_config(name).value()),
          cdma(d::kRegisters, config),
          csc(s::kRegisters, config),
          cmac_a(m::kRegisters, config),
          cmac_b(m::kRegisters, config),
          cacc(a::kRegisters, config) {}

    ConvOp op() const { return decode(csc.file(), 0, config); }
    std::string reason() const { return why_not(op(), config); }
    PipelineGroups units() const {
        return {{&cdma.file(), 0},
                {&csc.file(), 0},
                {&cmac_a.file(), 0},
                {&cmac_b.file(), 0},
                {&cacc.file(), 0}};
    }
    std::string disagreement() const { return why_disagree(units(), config); }
    std::string words() const { return advice(units(), config); }
    void set_csc(const std::vector<Setting>& settings) {
        for (const Setting& setting : settings)
            csc.set(setting.field, setting.value);
    }

    HardwareConfig config;
    Registers cdma, csc, cmac_a, cmac_b, cacc;
};

// 3x3, stride 2, padding 1 on 12x10x20, 24 kernels, int8.
Pipeline direct_layer(const std::string& name) {
    Pipeline p(name);
    const bool full = name == "nv_full";
    const std::uint32_t entries = full ? 3 - 1 : 36 - 1;
    const std::uint32_t weight_bytes = 4352;  // 24 * 180 = 4320, in blocks of 128
    p.set_csc({{s::DMiscCfg::kProcPrecision, 0},
               {s::DDatainSizeExt0::kDatainWidthExt, 11},
               {s::DDatainSizeExt0::kDatainHeightExt, 9},
               {s::DDatainSizeExt1::kDatainChannelExt, 19},
               {s::DWeightSizeExt0::kWeightWidthExt, 2},
               {s::DWeightSizeExt0::kWeightHeightExt, 2},
               {s::DWeightSizeExt1::kWeightChannelExt, 19},
               {s::DWeightSizeExt1::kWeightKernel, 23},
               {s::DDataoutSize0::kDataoutWidth, 5},
               {s::DDataoutSize0::kDataoutHeight, 4},
               {s::DDataoutSize1::kDataoutChannel, 23},
               {s::DAtomics::kAtomics, 29},
               {s::DConvStrideExt::kConvXStrideExt, 1},
               {s::DConvStrideExt::kConvYStrideExt, 1},
               {s::DZeroPadding::kPadLeft, 1},
               {s::DZeroPadding::kPadTop, 1},
               {s::DZeroPaddingValue::kPadValue, 0xfe},
               {s::DEntryPerSlice::kEntries, entries},
               {s::DBank::kDataBank, 1},
               {s::DBank::kWeightBank, 2},
               {s::DWeightBytes::kWeightBytes, weight_bytes}});
    for (const Setting& setting :
         std::vector<Setting>{{d::DMiscCfg::kProcPrecision, 0},
                              {d::DDatainSize0::kDatainWidth, 11},
                              {d::DDatainSize0::kDatainHeight, 9},
                              {d::DDatainSize1::kDatainChannel, 19},
                              {d::DWeightSize1::kWeightKernel, 23},
                              {d::DEntryPerSlice::kEntries, entries},
                              {d::DBank::kDataBank, 1},
                              {d::DBank::kWeightBank, 2},
                              {d::DWeightBytes::kWeightBytes, weight_bytes},
                              {d::DWeightSize0::kBytePerKernel, 179}})
        p.cdma.set(setting.field, setting.value);
    p.cmac_a.set(m::DMiscCfg::kProcPrecision, 0);
    p.cmac_b.set(m::DMiscCfg::kProcPrecision, 0);
    p.cacc.set(a::DMiscCfg::kProcPrecision, 0);
    p.cacc.set(a::DDataoutSize0::kDataoutWidth, 5);
    p.cacc.set(a::DDataoutSize0::kDataoutHeight, 4);
    p.cacc.set(a::DDataoutSize1::kDataoutChannel, 23);
    return p;
}

// 5x3 kernel, stride 2, on a 20x8 picture of 3 channels.
Pipeline image_layer() {
    Pipeline p = direct_layer("nv_full");
    p.set_csc({{s::DDatainFormat::kDatainFormat, 1},
               {s::DDatainSizeExt0::kDatainWidthExt, 19},
               {s::DDatainSizeExt0::kDatainHeightExt, 7},
               {s::DDatainSizeExt1::kDatainChannelExt, 2},
               {s::DWeightSizeExt0::kWeightWidthExt, 0},
               {s::DWeightSizeExt1::kWeightChannelExt, 14},
               {s::DDataoutSize0::kDataoutWidth, 7},
               {s::DDataoutSize0::kDataoutHeight, 3},
               {s::DAtomics::kAtomics, 31},
               {s::DEntryPerSlice::kEntries, 0},
               {s::DZeroPadding::kPadLeft, 0}});
    return p;
}

// int16, 8x4 outputs of 16 channels.
Pipeline winograd_layer() {
    Pipeline p = direct_layer("nv_full");
    p.set_csc({{s::DMiscCfg::kConvMode, 1},
               {s::DMiscCfg::kProcPrecision, 1},
               {s::DDatainSizeExt0::kDatainWidthExt, 11},
               {s::DDatainSizeExt0::kDatainHeightExt, 7},
               {s::DDatainSizeExt1::kDatainChannelExt, 15},
               {s::DWeightSizeExt0::kWeightWidthExt, 3},
               {s::DWeightSizeExt0::kWeightHeightExt, 3},
               {s::DWeightSizeExt1::kWeightChannelExt, 15},
               {s::DWeightBytes::kWeightBytes, 24 * 16 * 16 * 2},
               {s::DDataoutSize0::kDataoutWidth, 7},
               {s::DDataoutSize0::kDataoutHeight, 3},
               {s::DAtomics::kAtomics, 31},
               {s::DConvStrideExt::kConvXStrideExt, 0},
               {s::DConvStrideExt::kConvYStrideExt, 0},
               {s::DZeroPadding::kPadLeft, 0},
               {s::DZeroPadding::kPadTop, 0},
               {s::DEntryPerSlice::kEntries, 2}});
    return p;
}

// Spoils one copy of the layer after the other.
struct Spoilt {
    std::vector<Setting> settings;
    const char* reason;  // its beginning
};

void check_spoilt(const Pipeline& legal, const std::vector<Spoilt>& cases) {
    CHECK(legal.reason() == "");
    for (const Spoilt& spoilt : cases) {
        Pipeline p = legal;
        p.set_csc(spoilt.settings);
        CHECK_THAT(p.reason(), StartsWith(spoilt.reason));
    }
}

}  // namespace

TEST_CASE("CSC registers become plain numbers") {
    const ConvOp op = direct_layer("nv_small").op();
    CHECK(op.mode == ConvMode::kFeature);
    CHECK(op.precision == Precision::kInt8);
    CHECK(op.width == 12);
    CHECK(op.height == 10);
    CHECK(op.channels == 20);
    CHECK(op.kernel_width == 3);
    CHECK(op.stride_x == 2);
    CHECK(op.dilation_y == 1);
    CHECK(op.pad_value == -2);
    CHECK(op.out_width == 6);
    CHECK(op.kernels == 24);
    CHECK(op.kernel_groups() == 3);
    CHECK(op.data_banks == 2);
    CHECK(op.weight_banks == 3);
    CHECK(op.weight_bytes == 4352);
    CHECK(op.kernel_elements() == 180);
}

TEST_CASE("a configuration with one precision computes int8 whatever the field says") {
    Pipeline p = direct_layer("nv_small");
    p.set_csc({{s::DMiscCfg::kProcPrecision, 1}});
    CHECK(p.op().precision == Precision::kInt8);
    CHECK(p.reason() == "");
    CHECK(p.disagreement() == "");
}

TEST_CASE("illegal direct layers are refused by name of the field") {
    check_spoilt(
        direct_layer("nv_full"),
        {{{{s::DMiscCfg::kProcPrecision, 3}}, "D_MISC_CFG.PROC_PRECISION is 3"},
         {{{s::DDataoutSize1::kDataoutChannel, 22}}, "D_DATAOUT_SIZE_1.DATAOUT_CHANNEL is 22"},
         {{{s::DWeightSizeExt1::kWeightChannelExt, 18}},
          "D_WEIGHT_SIZE_EXT_1.WEIGHT_CHANNEL_EXT is 18"},
         {{{s::DAtomics::kAtomics, 30}}, "D_ATOMICS.ATOMICS is 30"},
         {{{s::DEntryPerSlice::kEntries, 3}}, "D_ENTRY_PER_SLICE.ENTRIES is 3"},
         {{{s::DPostYExtension::kYExtension, 1}}, "D_POST_Y_EXTENSION.Y_EXTENSION is 1"},
         {{{s::DBank::kDataBank, 12}, {s::DBank::kWeightBank, 3}}, "D_BANK.DATA_BANK is 12"},
         {{{s::DDatainSizeExt0::kDatainHeightExt, 699}}, "D_BANK.DATA_BANK is 1 (512 entries)"},
         {{{s::DDataoutSize0::kDataoutWidth, 39}, {s::DAtomics::kAtomics, 199}},
          "D_DATAOUT_SIZE_0.DATAOUT_WIDTH is 39"},
         {{{s::DWeightBytes::kWeightBytes, 4224}}, "D_WEIGHT_BYTES is 4224"},
         {{{s::DWeightFormat::kWeightFormat, 1}}, "D_WMB_BYTES is 0"},
         {{{s::DMiscCfg::kSkipWeightRls, 1}, {s::DWeightBytes::kWeightBytes, 1 << 20}},
          "D_BANK.WEIGHT_BANK is 2"}});
}

TEST_CASE("what a configuration lacks is refused") {
    check_spoilt(direct_layer("nv_small"),
                 {{{{s::DMiscCfg::kConvMode, 1}}, "D_MISC_CFG.CONV_MODE is 1"},
                  {{{s::DWeightFormat::kWeightFormat, 1}}, "D_WEIGHT_FORMAT.WEIGHT_FORMAT is 1"},
                  {{{s::DBatchNumber::kBatches, 1}}, "D_BATCH_NUMBER.BATCHES is 1"}});
}

TEST_CASE("a kernel group that does not fit its banks is refused") {
    Pipeline p = direct_layer("nv_full");
    p.set_csc({{s::DDatainSizeExt1::kDatainChannelExt, 1279},
               {s::DWeightSizeExt1::kWeightChannelExt, 1279},
               {s::DEntryPerSlice::kEntries, 119},
               {s::DWeightBytes::kWeightBytes, 24 * 9 * 1280},
               {s::DBank::kDataBank, 4},
               {s::DBank::kWeightBank, 8}});
    check_spoilt(p, {{{{s::DBank::kWeightBank, 7}},
                      "D_BANK.WEIGHT_BANK is 7 (262144 bytes) but one kernel group has 276480"}});
}

TEST_CASE("illegal image layers are refused by name of the field") {
    check_spoilt(
        image_layer(),
        {{{{s::DDatainSizeExt1::kDatainChannelExt, 1}}, "D_DATAIN_SIZE_EXT_1.DATAIN_CHANNEL_EXT"},
         {{{s::DWeightSizeExt1::kWeightChannelExt, 15}}, "D_WEIGHT_SIZE_EXT_1.WEIGHT_CHANNEL_EXT"},
         {{{s::DWeightSizeExt0::kWeightWidthExt, 2}}, "D_WEIGHT_SIZE_EXT_0.WEIGHT_WIDTH_EXT is 2"},
         {{{s::DDilationExt::kXDilationExt, 1}}, "D_DILATION_EXT is 1 by 0 in image mode"},
         {{{s::DPostYExtension::kYExtension, 3}}, "D_POST_Y_EXTENSION.Y_EXTENSION is 3"},
         {{{s::DBatchNumber::kBatches, 1}}, "D_BATCH_NUMBER.BATCHES is 1"},
         {{{s::DDataoutSize0::kDataoutWidth, 31}, {s::DAtomics::kAtomics, 127}},
          "D_ENTRY_PER_SLICE.ENTRIES is 0"},
         {{{s::DWeightSizeExt1::kWeightChannelExt, 17}, {s::DPostYExtension::kYExtension, 2}},
          "D_POST_Y_EXTENSION.Y_EXTENSION is 2 with 18 elements"}});
}

TEST_CASE("illegal Winograd layers are refused by name of the field") {
    check_spoilt(
        winograd_layer(),
        {{{{s::DDatainFormat::kDatainFormat, 1}}, "D_DATAIN_FORMAT.DATAIN_FORMAT is 1"},
         {{{s::DWeightSizeExt0::kWeightHeightExt, 2}}, "D_WEIGHT_SIZE_EXT_0 is 3 by 2"},
         {{{s::DConvStrideExt::kConvXStrideExt, 1}}, "D_CONV_STRIDE_EXT is 1 by 0"},
         {{{s::DZeroPadding::kPadTop, 1}}, "D_ZERO_PADDING is 0 left, 1 top"},
         {{{s::DDilationExt::kYDilationExt, 1}}, "D_DILATION_EXT is 0 by 1 in Winograd mode"},
         {{{s::DPraCfg::kPraTruncate, 3}}, "D_PRA_CFG.PRA_TRUNCATE is 3"},
         {{{s::DDataoutSize0::kDataoutWidth, 5}, {s::DAtomics::kAtomics, 23}},
          "D_DATAOUT_SIZE_0 is 5 by 3"},
         {{{s::DDatainSizeExt0::kDatainWidthExt, 15}}, "D_DATAIN_SIZE_EXT_0 is 15 by 7"},
         {{{s::DDatainSizeExt1::kDatainChannelExt, 11},
           {s::DWeightSizeExt1::kWeightChannelExt, 11}},
          "D_DATAIN_SIZE_EXT_1.DATAIN_CHANNEL_EXT is 11"}});
}

TEST_CASE("units that disagree about the layer are named") {
    const Pipeline legal = direct_layer("nv_full");
    CHECK(legal.disagreement() == "");
    Pipeline p = legal;
    p.cdma.set(d::DBank::kDataBank, 4);
    CHECK(p.disagreement() == "D_BANK.DATA_BANK is 1 in CSC but 4 in CDMA; both must be equal");
    p = legal;
    p.cdma.set(d::DDatainSize0::kDatainHeight, 8);
    CHECK_THAT(p.disagreement(), StartsWith("D_DATAIN_SIZE_EXT_0.DATAIN_HEIGHT_EXT is 9"));
    p.cdma.set(d::DMiscCfg::kDataReuse, 1);
    p.set_csc({{s::DMiscCfg::kDataReuse, 1}});
    CHECK(p.disagreement() == "");  // CSC also counts the kept lines
    p = legal;
    p.cmac_b.set(m::DMiscCfg::kProcPrecision, 2);
    CHECK(p.disagreement() ==
          "D_MISC_CFG.PROC_PRECISION is 0 in CSC but 2 in CMAC_B; both must be equal");
    p = legal;
    p.cacc.set(a::DDataoutSize0::kDataoutWidth, 6);
    CHECK_THAT(p.disagreement(), StartsWith("D_DATAOUT_SIZE_0.DATAOUT_WIDTH is 5 in CSC"));
}

TEST_CASE("extended sizes under Winograd must be equal in CDMA and CSC") {
    Pipeline legal = winograd_layer();
    for (Registers* unit : {&legal.cdma, &legal.cmac_a, &legal.cmac_b, &legal.cacc}) {
        const Field mode = unit == &legal.cdma   ? d::DMiscCfg::kConvMode
                           : unit == &legal.cacc ? a::DMiscCfg::kConvMode
                                                 : m::DMiscCfg::kConvMode;
        const Field precision = unit == &legal.cdma   ? d::DMiscCfg::kProcPrecision
                                : unit == &legal.cacc ? a::DMiscCfg::kProcPrecision
                                                      : m::DMiscCfg::kProcPrecision;
        unit->set(mode, 1);
        unit->set(precision, 1);
    }
    legal.cdma.set(d::DEntryPerSlice::kEntries, 2);
    legal.cdma.set(d::DDatainSizeExt0::kDatainWidthExt, 11);
    legal.cdma.set(d::DDatainSizeExt0::kDatainHeightExt, 7);
    legal.cacc.set(a::DDataoutSize0::kDataoutWidth, 7);
    legal.cacc.set(a::DDataoutSize0::kDataoutHeight, 3);
    CHECK(legal.disagreement() == "");
    Pipeline p = legal;
    p.cdma.set(d::DDatainSizeExt0::kDatainWidthExt, 15);
    CHECK(p.disagreement() ==
          "D_DATAIN_SIZE_EXT_0.DATAIN_WIDTH_EXT is 11 in CSC but 15 in CDMA; both must be equal");
    p = legal;
    p.cdma.set(d::DDatainSizeExt0::kDatainHeightExt, 11);
    CHECK(p.disagreement() ==
          "D_DATAIN_SIZE_EXT_0.DATAIN_HEIGHT_EXT is 7 in CSC but 11 in CDMA; both must be equal");
    p.cdma.set(d::DMiscCfg::kDataReuse, 1);
    p.set_csc({{s::DMiscCfg::kDataReuse, 1}});
    CHECK(p.disagreement() == "");  // CSC also counts the kept lines
}

TEST_CASE("byte counts of weights that hardware does without are advice") {
    const Pipeline legal = direct_layer("nv_full");
    CHECK(legal.words() == "");
    Pipeline p = legal;
    p.cdma.set(d::DWeightBytes::kWeightBytes, 4480);
    CHECK(p.disagreement() == "");
    CHECK(p.words() ==
          "D_WEIGHT_BYTES.WEIGHT_BYTES is 4352 in CSC but 4480 in CDMA; both must be equal");
    p = legal;
    p.cdma.set(d::DWeightSize0::kBytePerKernel, 20 * 9);
    CHECK(p.words() ==
          "D_WEIGHT_SIZE_0.BYTE_PER_KERNEL is 180 in CDMA but a kernel of CSC has 180 bytes; "
          "legal: 179");
    p = legal;
    p.cdma.set(d::DWmbBytes::kWmbBytes, 640);
    CHECK(p.words() == "");  // not compressed
    p.set_csc({{s::DWeightFormat::kWeightFormat, 1}, {s::DWmbBytes::kWmbBytes, 512}});
    CHECK(p.words() == "D_WMB_BYTES.WMB_BYTES is 512 in CSC but 640 in CDMA; both must be equal");
    p.set_csc({{s::DMiscCfg::kWeightReuse, 1}});
    CHECK(p.words() == "");  // CDMA fetches none
}

TEST_CASE("CACC refuses a truncation beyond 16 for integers only") {
    Pipeline p = direct_layer("nv_full");
    const auto reason = [&] {
        return cacc::why_not(cacc::decode(p.cacc.file(), 0, p.config), p.config);
    };
    p.cacc.set(a::DClipCfg::kClipTruncate, 16);
    CHECK(reason() == "");
    p.cacc.set(a::DClipCfg::kClipTruncate, 17);
    CHECK(reason() == "D_CLIP_CFG.CLIP_TRUNCATE is 17; legal: 0 to 16");
    p.cacc.set(a::DMiscCfg::kProcPrecision, 2);
    CHECK(reason() == "");
    p.cacc.set(a::DMiscCfg::kProcPrecision, 3);
    CHECK_THAT(reason(), StartsWith("D_MISC_CFG.PROC_PRECISION is 3"));
}
