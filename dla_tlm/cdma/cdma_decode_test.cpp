// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cdma/cdma_decode.hpp"

#include "dla_regs/cdma_regs.hpp"
#include "testing/catch.hpp"

namespace dla::cdma {
namespace {

namespace r = regs::cdma;

struct Registers {
    explicit Registers(const char* name)
        : config(*builtin_config(name)), file(r::kRegisters, config.address_map) {}

    void set(Field field, std::uint32_t value) {
        const auto offset = file.table()[field.register_index].offset;
        std::uint32_t word = 0;
        file.read(offset, word);
        file.write(offset, field.insert(word, value));
    }
    CdmaOp op() const { return decode(file, 0, config); }
    std::string reason() const { return why_not(op(), config); }
    bool refused_for(const char* words) const { return reason().find(words) != std::string::npos; }

    HardwareConfig config;
    RegisterFile file;
};

// 8x4 pixels of 16 channels, int8.
Registers small_layer() {
    Registers regs("nv_small");
    regs.set(r::DMiscCfg::kInPrecision, 0);
    regs.set(r::DMiscCfg::kProcPrecision, 0);
    regs.set(r::DDatainSize0::kDatainWidth, 7);
    regs.set(r::DDatainSize0::kDatainHeight, 3);
    regs.set(r::DDatainSize1::kDatainChannel, 15);
    regs.set(r::DLineStride::kLineStride, 64);
    regs.set(r::DSurfStride::kSurfStride, 256);
    regs.set(r::DEntryPerSlice::kEntries, 15);
    regs.set(r::DBank::kDataBank, 1);
    regs.set(r::DBank::kWeightBank, 2);
    regs.set(r::DDainRamType::kDatainRamType, 1);
    return regs;
}

}  // namespace

TEST_CASE("CDMA's registers decode to plain numbers") {
    const Registers regs = small_layer();
    const CdmaOp op = regs.op();
    CHECK(op.width == 8);
    CHECK(op.height == 4);
    CHECK(op.channels == 16);
    CHECK(op.surfaces() == 2);
    CHECK(op.data_banks == 2);
    CHECK(op.weight_banks == 3);
    CHECK(op.data_ram == Ram::kPrimary);
    CHECK(regs.reason().empty());
}

TEST_CASE(
    "a legal layer turns illegal for the field that is made wrong, and the sentence names it") {
    struct Change {
        Field field;
        std::uint32_t value;
        const char* name;
    };
    constexpr Change kChanges[] = {
        {r::DEntryPerSlice::kEntries, 14, "D_ENTRY_PER_SLICE"},
        {r::DLineStride::kLineStride, 68, "D_LINE_STRIDE"},
        {r::DSurfStride::kSurfStride, 260, "D_SURF_STRIDE"},
        {r::DDainAddrLow0::kDatainAddrLow0, 4, "D_DAIN_ADDR_LOW_0"},
        {r::DWeightAddrLow::kWeightAddrLow, 4, "D_WEIGHT_ADDR_LOW"},
        {r::DMiscCfg::kConvMode, 1, "CONV_MODE"},
        {r::DWeightFormat::kWeightFormat, 1, "D_WEIGHT_FORMAT"},
        {r::DBank::kWeightBank, 31, "D_BANK"},
        {r::DBatchNumber::kBatches, 1, "D_BATCH_NUMBER"},
    };
    for (const Change& change : kChanges) {
        Registers regs = small_layer();
        regs.set(change.field, change.value);
        // Configurations that lack a field's low bits drop them.
        if (regs.file.get(0, change.field) != change.value) continue;
        CHECK(regs.refused_for(change.name));
    }
}

TEST_CASE("an input larger than its banks is refused unless part of it is there already") {
    Registers regs = small_layer();
    regs.set(r::DDatainSize0::kDatainHeight, 127);
    CHECK(regs.refused_for("DATA_BANK"));
    regs.set(r::DMiscCfg::kDataReuse, 1);
    CHECK(regs.reason().empty());
}

TEST_CASE("pixel formats bind precision, channels and the x offset") {
    Registers regs = small_layer();
    regs.set(r::DDatainFormat::kDatainFormat, 1);
    regs.set(r::DDatainFormat::kPixelFormat, 12);
    CHECK(regs.refused_for("DATAIN_CHANNEL"));
    regs.set(r::DDatainSize1::kDatainChannel, 3);
    CHECK(regs.reason().empty());
    regs.set(r::DDatainFormat::kPixelMapping, 1);
    CHECK(regs.refused_for("D_DATAIN_FORMAT.PIXEL_MAPPING is 1"));
    regs.set(r::DDatainFormat::kPixelMapping, 0);
    regs.set(r::DPixelOffset::kPixelXOffset, 2);
    CHECK(regs.refused_for("0..1"));
    regs.set(r::DPixelOffset::kPixelXOffset, 0);
    regs.set(r::DDatainFormat::kPixelFormat, 30);
    CHECK(regs.refused_for("PIXEL_FORMAT"));
}

TEST_CASE("extended sizes under Winograd hold the input behind its padding") {
    Registers regs("nv_full");
    regs.set(r::DMiscCfg::kInPrecision, 1);
    regs.set(r::DMiscCfg::kProcPrecision, 1);
    regs.set(r::DMiscCfg::kConvMode, 1);
    regs.set(r::DDatainSize0::kDatainWidth, 21);
    regs.set(r::DDatainSize0::kDatainHeight, 12);
    regs.set(r::DDatainSize1::kDatainChannel, 15);
    regs.set(r::DConvStride::kConvXStride, 1);
    regs.set(r::DZeroPadding::kPadLeft, 2);
    regs.set(r::DZeroPadding::kPadTop, 3);
    regs.set(r::DDatainSizeExt0::kDatainWidthExt, 11);
    regs.set(r::DDatainSizeExt0::kDatainHeightExt, 15);
    regs.set(r::DEntryPerSlice::kEntries, 11);
    regs.set(r::DBank::kDataBank, 1);
    CHECK(regs.reason() == "");
    regs.set(r::DZeroPadding::kPadLeft, 3);
    CHECK(regs.reason() ==
          "D_DATAIN_SIZE_EXT_0 gives 12x16; the input of 22x13 behind padding of 3, 3 with stride "
          "2x1 needs more");
    regs.set(r::DZeroPadding::kPadLeft, 2);
    regs.set(r::DZeroPadding::kPadTop, 4);
    CHECK(regs.refused_for("D_DATAIN_SIZE_EXT_0 gives 12x16"));
    regs.set(r::DZeroPadding::kPadTop, 3);
    regs.set(r::DDatainSizeExt0::kDatainHeightExt, 13);
    CHECK(regs.refused_for("D_DATAIN_SIZE_EXT_0 gives 12x14; Winograd needs multiples of 4"));
}

TEST_CASE("precisions may only differ for pixels and with the converter on") {
    Registers regs("nv_full");
    regs.set(r::DMiscCfg::kInPrecision, 0);
    regs.set(r::DMiscCfg::kProcPrecision, 2);
    CHECK(regs.refused_for("CVT_EN"));
    regs.set(r::DCvtCfg::kCvtEn, 1);
    CHECK(regs.refused_for("only for pixels"));
    regs.set(r::DMiscCfg::kProcPrecision, 3);
    CHECK(regs.refused_for("precision code 3"));
}

}  // namespace dla::cdma
