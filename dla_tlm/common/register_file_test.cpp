// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/register_file.hpp"

#include "dla_regs/cdma_regs.hpp"
#include "dla_regs/pdp_regs.hpp"
#include "testing/catch.hpp"

using namespace dla;
namespace pdp = regs::pdp;

namespace {

std::uint32_t read(const RegisterFile& regs, std::uint32_t offset) {
    std::uint32_t value = 0;
    regs.read(offset, value);
    return value;
}

}  // namespace

TEST_CASE("the producer selects the copy that the bus reads and writes") {
    RegisterFile regs(pdp::kRegisters, regs::AddressMap::kNvSmall);
    const auto offset = pdp::DDataCubeInWidth::kRegister.offset;
    regs.write(offset, 7);
    regs.write(4, 1);
    CHECK(read(regs, offset) == 0);
    regs.write(offset, 9);
    regs.write(4, 0);
    CHECK(read(regs, offset) == 7);
    CHECK(regs.get(1, pdp::DDataCubeInWidth::kCubeInWidth) == 9);
}

TEST_CASE("a busy group drops writes and completion toggles the consumer") {
    RegisterFile regs(pdp::kRegisters, regs::AddressMap::kNvFull);
    CHECK(regs.write(8, 0) == Access::kOk);
    CHECK(regs.write(8, 1) == Access::kEnabled);
    CHECK(regs.write(8, 0) == Access::kGroupBusy);
    CHECK(regs.write(0x0c, 3) == Access::kGroupBusy);
    CHECK(read(regs, 8) == 1);
    CHECK(read(regs, 0) == 1);
    regs.write(4, 1);
    CHECK(regs.write(8, 1) == Access::kEnabled);
    CHECK(read(regs, 0) == 0x00020001);
    CHECK(regs.complete() == 0);
    CHECK(read(regs, 0) == 0x00010000);
    CHECK(read(regs, 4) == 0x00010001);
}

TEST_CASE("masks follow the address map") {
    RegisterFile full(regs::cdma::kRegisters, regs::AddressMap::kNvFull);
    RegisterFile small(regs::cdma::kRegisters, regs::AddressMap::kNvSmall);
    const auto offset = regs::cdma::DLineStride::kRegister.offset;
    full.write(offset, 0xffffffff);
    small.write(offset, 0xffffffff);
    CHECK(read(full, offset) == 0xffffffe0);
    CHECK(read(small, offset) == 0xffffffff);
}

TEST_CASE("unknown and unaligned offsets read 0 and swallow writes") {
    RegisterFile regs(pdp::kRegisters, regs::AddressMap::kNvFull);
    CHECK(regs.write(0xffc, 1) == Access::kUnknownOffset);
    CHECK(regs.write(0x9, 1) == Access::kUnknownOffset);
    std::uint32_t value = 5;
    CHECK(regs.read(0xffc, value) == Access::kUnknownOffset);
    CHECK(value == 0);
}

TEST_CASE("state survives a save and restore") {
    RegisterFile regs(pdp::kRegisters, regs::AddressMap::kNvFull);
    regs.write(0x0c, 11);
    regs.write(8, 1);
    RegisterFile copy(pdp::kRegisters, regs::AddressMap::kNvFull);
    REQUIRE(copy.restore(regs.state()));
    CHECK(copy.state() == regs.state());
    CHECK_FALSE(copy.restore(std::vector<std::uint32_t>(3)));
}
