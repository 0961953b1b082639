// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/lut/lut_memory.hpp"

#include "testing/catch.hpp"

using namespace dla::lut;

namespace {

constexpr std::uint32_t kWriteLe = 0x20000;
constexpr std::uint32_t kWriteLo = 0x30000;
constexpr std::uint32_t kReadLe = 0x00000;
constexpr std::uint32_t kReadLo = 0x10000;

void fill(LutMemory& lut) {
    lut.write_access_cfg(kWriteLe);
    for (std::uint32_t i = 0; i < kLeEntries; ++i)
        lut.write_access_data(1000 + i);
    lut.write_access_cfg(kWriteLo);
    for (std::uint32_t i = 0; i < kLoEntries; ++i)
        lut.write_access_data(0x8000 + i);
}

}  // namespace

TEST_CASE("Writes store 16 bits and move to the next entry of the selected table") {
    LutMemory lut(LutPort::kSdp);
    fill(lut);
    CHECK(lut.tables().le[0] == 1000);
    CHECK(lut.tables().le[64] == 1064);
    CHECK(lut.tables().lo[0] == -32768);
    CHECK(lut.tables().lo[256] == -32768 + 256);
    CHECK(lut.read_access_cfg() == (kWriteLo | 257));
}

TEST_CASE("SDP loses writes beyond the table and reads without delay") {
    LutMemory lut(LutPort::kSdp);
    fill(lut);
    lut.write_access_cfg(kWriteLe | 64);
    lut.write_access_data(7);
    lut.write_access_data(8);
    CHECK(lut.tables().le[64] == 7);
    lut.write_access_cfg(kReadLe | 63);
    CHECK(lut.read_access_data() == 1063);
    CHECK(lut.read_access_data() == 7);
    CHECK(lut.read_access_data() == 0);
    lut.write_access_cfg(kReadLo | 3);
    CHECK(lut.read_access_data() == 0x8003);
    lut.write_access_cfg(kReadLo | 257);
    CHECK(lut.read_access_data() == 0);
}

TEST_CASE("CDP keeps writing the last entry and its reads lag by one") {
    LutMemory lut(LutPort::kCdp);
    fill(lut);
    CHECK(lut.read_access_cfg() == (kWriteLo | 256));
    lut.write_access_cfg(kWriteLe | 64);
    lut.write_access_data(7);
    lut.write_access_data(8);
    CHECK(lut.tables().le[64] == 8);
    lut.write_access_cfg(kReadLe | 10);
    CHECK(lut.read_access_data() == 0);
    CHECK(lut.read_access_data() == 1011);
    CHECK(lut.read_access_data() == 1012);
    lut.write_access_cfg(kReadLo | 1023);
    CHECK(lut.read_access_data() == 1013);
    CHECK(lut.read_access_data() == 0x8100);
    CHECK(lut.read_access_cfg() == (kReadLo | 256));
}

TEST_CASE("An access against the direction changes nothing") {
    LutMemory lut(LutPort::kSdp);
    fill(lut);
    lut.write_access_cfg(kReadLe | 5);
    lut.write_access_data(1);
    CHECK(lut.tables().le[5] == 1005);
    CHECK(lut.read_access_cfg() == (kReadLe | 5));
    lut.write_access_cfg(kWriteLe | 5);
    (void)lut.read_access_data();
    CHECK(lut.read_access_cfg() == (kWriteLe | 5));
}

TEST_CASE("Saved tables and address come back, a wrong size is refused") {
    LutMemory lut(LutPort::kCdp);
    fill(lut);
    lut.write_access_cfg(kReadLe | 9);
    (void)lut.read_access_data();
    LutMemory other(LutPort::kCdp);
    CHECK(other.restore(lut.state()));
    CHECK(other.tables() == lut.tables());
    CHECK(other.state() == lut.state());
    CHECK_FALSE(other.restore({}));
    other.reset();
    CHECK(other.tables() == Tables{});
}
