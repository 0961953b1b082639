// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "dla_tlm/cdp/cdp_decode.hpp"

namespace dla::cdp {
namespace {

std::string wrong_format(const char* field, unsigned code, const HardwareConfig& config) {
    constexpr const char* kNames[] = {"int8", "int16", "fp16", "no format"};
    if (code <= 2 && config.has_precision(static_cast<Precision>(code))) return "";
    return fmt::format("D_DATA_FORMAT.{} is {} ({}), which {} does not have; it computes int8",
                       field, code, kNames[code & 3], config.name);
}

struct Range {
    const char* field;
    int value;
    int lowest;
    int greatest;
};

// Settings beyond these shift every difference out of the table.
std::string wrong_lut(const CdpOp& op) {
    if (op.precision == Precision::kFp16) return "";
    const bool int8 = op.precision == Precision::kInt8;
    const Range le = op.lut.le_exponent
                         ? Range{"LUT_LE_INDEX_OFFSET", op.lut.le_offset, -64, int8 ? 20 : 36}
                         : Range{"LUT_LE_INDEX_SELECT", op.lut.le_select, -6, int8 ? 15 : 31};
    const Range lo{"LUT_LO_INDEX_SELECT", op.lut.lo_select, -8, int8 ? 13 : 29};
    for (const Range& range : {le, lo}) {
        if (range.value < range.lowest || range.value > range.greatest) {
            return fmt::format("S_LUT_INFO.{} is {}; legal: {} to {}", range.field, range.value,
                               range.lowest, range.greatest);
        }
    }
    return "";
}

std::string first_of(std::initializer_list<std::string> sentences) {
    for (const std::string& words : sentences) {
        if (!words.empty()) return words;
    }
    return "";
}

}  // namespace

std::string why_not(const CdpOp& op, const HardwareConfig& config) {
    return first_of({wrong_format("INPUT_DATA_TYPE", op.precision_code, config), wrong_lut(op),
                     why_not(op.dst, {op.width, op.height, op.surfaces()}, config, "D_DST")});
}

std::string why_not(const CdpRdmaOp& rdma, const HardwareConfig& config) {
    const auto precision = static_cast<Precision>(rdma.precision_code);
    const bool known = rdma.precision_code <= 2 && config.has_precision(precision);
    const unsigned lanes = config.elements_per_atom(known ? precision : Precision::kInt8);
    const unsigned surfaces = (rdma.channels + lanes - 1) / lanes;
    return first_of({wrong_format("INPUT_DATA", rdma.precision_code, config),
                     why_not(rdma.src, {rdma.width, rdma.height, surfaces}, config, "D_SRC")});
}

std::string why_not_together(const CdpOp& op, const CdpRdmaOp& rdma) {
    if (op.precision_code == rdma.precision_code) return "";
    return fmt::format(
        "INPUT_DATA is {} in CDP_RDMA and INPUT_DATA_TYPE {} in CDP; legal: the "
        "same in both",
        rdma.precision_code, op.precision_code);
}

}  // namespace dla::cdp
