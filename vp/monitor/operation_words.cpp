// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/operation_words.hpp"

#include <fmt/format.h>

#include "dla_tlm/cdma/cdma_decode.hpp"
#include "dla_tlm/cdp/cdp_decode.hpp"
#include "dla_tlm/pdp/pdp_decode.hpp"
#include "dla_tlm/rubik/rubik_decode.hpp"
#include "dla_tlm/sdp/sdp_decode.hpp"
#include "dla_tlm/sdp/sdp_words.hpp"

namespace dla::vp::monitor {
namespace {

template <class Place>
CubeInMemory cube_at(const Place& place, unsigned width, unsigned height, unsigned channels,
                     Precision precision, unsigned atom_bytes) {
    return {.ram = place.ram,
            .base = place.base,
            .width = width,
            .height = height,
            .channels = channels,
            .precision = precision,
            .atom_bytes = atom_bytes,
            .line_stride = place.line_stride,
            .surface_stride = place.surface_stride};
}

// The reader that belongs to a unit's group; readers and units toggle their groups together.
cdp::CdpOp cdp_operation(Dla& dla, Unit& unit, unsigned group) {
    const auto rdma = cdp::decode_rdma(dla.unit("CDP_RDMA")->registers(), group);
    return cdp::decode(unit.registers(), group, rdma, dla.config());
}

Result<CubeInMemory> sdp_cube(Dla& dla, Unit& unit, bool source, unsigned group) {
    const auto op = sdp::decode(unit.registers(), group, dla.config());
    const sdp::Shape& shape = op.shape;
    if (!source && op.to_pdp) return fail("SDP of this group writes to PDP, not to memory");
    if (source && shape.flying) return fail("SDP of this group reads from CACC, not from memory");
    if (!source)
        return cube_at(op.dst, shape.width, shape.height, shape.channels, shape.out,
                       shape.atom_bytes);
    const auto rdma = sdp::decode_rdma(dla.unit("SDP_RDMA")->registers(), group, dla.config());
    return cube_at(rdma.src, shape.width, shape.height, shape.channels, rdma.in, shape.atom_bytes);
}

Result<CubeInMemory> pdp_cube(Dla& dla, Unit& unit, bool source, unsigned group) {
    const auto op = pdp::decode(unit.registers(), group, dla.config());
    if (!source)
        return cube_at(op.dst, op.out_width, op.out_height, op.out_channels, op.precision,
                       op.atom_bytes);
    if (op.on_the_fly) return fail("PDP of this group reads from SDP, not from memory");
    const auto rdma = pdp::decode_rdma(dla.unit("PDP_RDMA")->registers(), group);
    return cube_at(rdma.src, op.in_width, op.in_height, op.in_channels, op.precision,
                   op.atom_bytes);
}

Result<CubeInMemory> cdp_cube(Dla& dla, Unit& unit, bool source, unsigned group) {
    const auto op = cdp_operation(dla, unit, group);
    const auto rdma = cdp::decode_rdma(dla.unit("CDP_RDMA")->registers(), group);
    return cube_at(source ? rdma.src : op.dst, op.width, op.height, op.channels, op.precision,
                   op.atom_bytes);
}

Result<CubeInMemory> cdma_cube(Dla& dla, Unit& unit, bool source, unsigned group) {
    const auto op = cdma::decode(unit.registers(), group, dla.config());
    if (!source) return fail("CDMA writes to CBUF, not to memory; see cbuf");
    if (op.mode == cdma::CdmaOp::Mode::kImage)
        return fail("CDMA of this group reads pixels, not a feature cube; see mem");
    return CubeInMemory{.ram = op.data_ram,
                        .base = op.address,
                        .width = op.width,
                        .height = op.height,
                        .channels = op.channels,
                        .precision = op.converter.in,
                        .atom_bytes = op.atom_bytes,
                        .line_stride = op.line_stride,
                        .surface_stride = op.surface_stride};
}

}  // namespace

std::string operation_words(Dla& dla, Unit& unit, unsigned group) {
    const std::string_view name = unit.unit_name();
    const RegisterFile& registers = unit.registers();
    if (name == "CDMA") return describe(cdma::decode(registers, group, dla.config()));
    if (name == "SDP") return describe(sdp::decode(registers, group, dla.config()));
    if (name == "PDP") return describe(pdp::decode(registers, group, dla.config()));
    if (name == "CDP") return describe(cdp_operation(dla, unit, group));
    if (name == "RBK") return describe(rubik::decode(registers, group, dla.config()));
    return "";
}

Result<CubeInMemory> cube_of_unit(Dla& dla, Unit& unit, bool source, unsigned group) {
    const std::string_view name = unit.unit_name();
    if (name == "CDMA") return cdma_cube(dla, unit, source, group);
    if (name == "SDP") return sdp_cube(dla, unit, source, group);
    if (name == "PDP") return pdp_cube(dla, unit, source, group);
    if (name == "CDP") return cdp_cube(dla, unit, source, group);
    return fail(
        fmt::format("{} has no feature cube in memory; units with one are CDMA, SDP, PDP "
                    "and CDP",
                    name));
}

}  // namespace dla::vp::monitor
