// SPDX-License-Identifier: Apache-2.0
#include <span>
#include <vector>

#include "dla_regs/rubik_regs.hpp"
#include "dla_tlm/rubik/rubik_decode.hpp"
#include "dla_tlm/rubik/rubik_kernel.hpp"
#include "dla_tlm/rubik/rubik_timing.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::rubik;

namespace {

using Bytes = std::vector<std::uint8_t>;

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const HardwareConfig& full() {
    static const HardwareConfig config = *builtin_config("nv_full");
    return config;
}

// 4x4x128 to 8x8x32
RubikOp contract_op() {
    RubikOp op;
    op.width = op.height = 4;
    op.in_channels = 128;
    op.out_channels = 32;
    op.stride_x = op.stride_y = 2;
    op.src = {.base = 0, .line_stride = 128, .surface_stride = 512};
    op.dst = {.base = 0x1000, .line_stride = 256, .surface_stride = 2048};
    op.block_stride = 512;
    op.line_group_stride = 512;
    return op;
}

RubikOp planes_op(RubikMode mode) {
    RubikOp op;
    op.mode = mode;
    op.width = 5;
    op.height = 2;
    op.in_channels = op.out_channels = 35;
    op.src = {.base = 0x40, .line_stride = 192, .surface_stride = 512, .planar_stride = 128};
    op.dst = {.base = 0x1000, .line_stride = 192, .surface_stride = 512, .planar_stride = 128};
    return op;
}

}  // namespace

TEST_CASE("Registers of a reshape decode to plain numbers") {
    RegisterFile regs(regs::rubik::kRegisters, regs::AddressMap::kNvFull);
    namespace r = regs::rubik;
    regs.write(r::DMiscCfg::kRegister.offset, 0x201);
    regs.write(r::DDatainSize0::kRegister.offset, 0x00050003);
    regs.write(r::DDatainSize1::kRegister.offset, 63);
    regs.write(r::DDataoutSize1::kRegister.offset, 15);
    regs.write(r::DDeconvStride::kRegister.offset, 0x00020001);
    regs.write(r::DDainAddrHigh::kRegister.offset, 1);
    regs.write(r::DDainAddrLow::kRegister.offset, 0x20);
    regs.write(r::DDainRamType::kRegister.offset, 1);
    const RubikOp op = decode(regs, 0, full());
    CHECK(op.mode == RubikMode::kSplit);
    CHECK(op.element_bytes == 2);
    CHECK(op.lanes() == 16);
    CHECK(op.width == 4);
    CHECK(op.height == 6);
    CHECK(op.in_channels == 64);
    CHECK(op.out_channels == 16);
    CHECK(op.stride_x == 2);
    CHECK(op.stride_y == 3);
    CHECK(op.src.base == 0x100000020);
    CHECK(op.src.ram == Ram::kPrimary);
    CHECK(op.dst.ram == Ram::kSecondary);
}

TEST_CASE("Contracting spreads atoms over the columns of their phase") {
    RubikOp op;
    op.width = 2;
    op.stride_x = 3;
    Bytes src(2 * 32, 1);
    src[32] = 2;
    Bytes dst(9 * 32, 0);
    spread_atoms(op, src, 1, dst);
    CHECK(dst[0] == 0);
    CHECK(dst[1 * 32] == 1);
    CHECK(dst[4 * 32] == 2);
    CHECK(dst[4 * 32 + 31] == 1);
    CHECK(dst[5 * 32] == 0);
    CHECK(dst[7 * 32] == 0);
}

TEST_CASE("A plane extracted from a lane is inserted back into the same place") {
    for (const unsigned element_bytes : {1U, 2U}) {
        RubikOp op;
        op.width = 5;
        op.element_bytes = element_bytes;
        Bytes atoms(5 * 32);
        for (std::size_t i = 0; i < atoms.size(); ++i)
            atoms[i] = static_cast<std::uint8_t>(i);
        Bytes back(atoms.size() + 32, 0xff);
        for (unsigned lane = 0; lane < op.lanes(); ++lane) {
            Bytes plane(plane_line_bytes(op), 0xff);
            extract_plane(op, atoms, lane, plane);
            CHECK(plane[element_bytes] == atoms[32 + lane * element_bytes]);
            CHECK(plane[5 * element_bytes] == 0);
            CHECK(plane.back() == 0);
            insert_plane(op, plane, lane, std::span(back).first(atoms.size()));
        }
        atoms.resize(back.size(), 0xff);  // what lies behind them stays
        CHECK(back == atoms);
    }
}

TEST_CASE("Lines of planes are whole units of 32 bytes") {
    RubikOp op;
    op.width = 32;
    CHECK(plane_line_bytes(op) == 32);
    op.element_bytes = 2;
    CHECK(plane_line_bytes(op) == 64);
    op.width = 33;
    CHECK(plane_line_bytes(op) == 96);
}

TEST_CASE("What a reshape cannot do is said with field, value and legal range") {
    CHECK(why_not(contract_op(), full()) == "");
    CHECK(why_not(planes_op(RubikMode::kSplit), full()).find("D_DAOUT") == std::string::npos);
    RubikOp op = contract_op();
    std::string expected;
    SECTION("mode") {
        op.mode = static_cast<RubikMode>(3);
        expected = "RUBIK_MODE is 3";
    }
    SECTION("precision") {
        op.precision_code = 3;
        expected = "IN_PRECISION is 3";
    }
    SECTION("channels of a contraction") {
        op.in_channels = 96;
        expected = "DATAIN_CHANNEL is 96; legal: DATAOUT_CHANNEL 32 times 2 x 2 pixels, 128";
    }
    SECTION("whole surfaces") {
        op.out_channels = 16;
        op.in_channels = 64;
        expected = "DATAOUT_CHANNEL is 16; legal: whole surfaces, multiples of 32";
    }
    SECTION("block stride") {
        op.block_stride = 0x400;
        expected = "D_CONTRACT_STRIDE_0 is 0x400; legal: 1 surfaces of D_DAIN_SURF_STRIDE, 0x200";
    }
    SECTION("line group stride") {
        op.line_group_stride = 0x100;
        expected = "D_CONTRACT_STRIDE_1 is 0x100";
    }
    SECTION("planes") {
        op = planes_op(RubikMode::kMerge);
        op.in_channels = 34;
        expected = "DATAOUT_CHANNEL is 35; legal: DATAIN_CHANNEL, 34";
    }
    SECTION("alignment of planes") {
        op = planes_op(RubikMode::kMerge);
        op.src.planar_stride = 0x60;
        expected = "D_DAIN_PLANAR_STRIDE is 0x60; legal on the planar side: multiples of 64";
    }
    CHECK(contains(why_not(op, full()), expected));
}

TEST_CASE("A reshape takes the time of its bytes on the wider side") {
    const MemoryTiming memory{};
    const RubikSchedule contract = rubik_layer(contract_op(), full(), memory, memory);
    CHECK(contract.bytes_read == 4 * 4 * 128);
    CHECK(contract.bytes_written == 8 * 8 * 32);
    CHECK(contract.cycles == 2048.0 / full().primary.width_bytes);
    const RubikSchedule split = rubik_layer(planes_op(RubikMode::kSplit), full(), memory, memory);
    CHECK(split.bytes_read == 2 * 5 * 32 * 2);
    CHECK(split.bytes_written == 2 * 32 * 35);
    CHECK(split.cycles == 2240.0 / full().primary.width_bytes);
    CHECK(split.done == 20 + 35 + 100);
}
