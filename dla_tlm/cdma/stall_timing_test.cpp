// SPDX-License-Identifier: Apache-2.0
// Read-stall counters against values that RTL's registers held (nv_small, one layer each).
#include "dla_tlm/cdma/stall_timing.hpp"

#include "dla_tlm/cdma/fetch_layer.hpp"
#include "testing/catch.hpp"

namespace dla::cdma {
namespace {

const HardwareConfig& nv_small() {
    static const HardwareConfig config = *builtin_config("nv_small");
    return config;
}

// A packed cube at address 0, fetched `grain` lines at a time.
CdmaOp feature(unsigned width, unsigned height, unsigned channels, std::uint64_t weight_bytes,
               unsigned grain) {
    CdmaOp op;
    op.width = width;
    op.height = height;
    op.channels = channels;
    op.line_stride = std::uint64_t{width} * op.atom_bytes;
    op.surface_stride = op.line_stride * height;
    op.line_packed = true;
    op.weight_bytes = weight_bytes;
    op.fetch_grain = grain;
    return op;
}

ReadStalls stalls_of(const CdmaOp& op, const MemoryTiming& memory = {}) {
    return read_stalls(op, fetch_layer(op), nv_small(), memory);
}

}  // namespace

TEST_CASE("stalls grow with what waits behind the request queue, as on RTL") {
    CHECK(stalls_of(feature(12, 12, 12, 1792, 12)).data == 416);
    CHECK(stalls_of(feature(12, 12, 12, 1792, 12)).weights == 324);
    CHECK(stalls_of(feature(12, 12, 64, 9216, 12)).data == 2037);
    CHECK(stalls_of(feature(12, 12, 64, 9216, 12)).weights == 2064);
    CHECK(stalls_of(feature(100, 12, 16, 2304, 12)).data == 2328);
}

TEST_CASE("streams that fit into the queue never stall") {
    const ReadStalls stalls = stalls_of(feature(1, 12, 16, 256, 12));
    CHECK(stalls.data == 0);
    CHECK(stalls.weights == 0);
}

TEST_CASE("a one-pixel cube is one run of atoms") {
    CdmaOp op = feature(1, 1, 8192, 8192, 1);
    const auto run = stalls_of(op).data;
    op.surface_stride = 64;
    CHECK(stalls_of(op).data != run);
}

TEST_CASE("lines that are not packed make more and smaller requests") {
    CHECK(stalls_of(feature(12, 12, 16, 2304, 6)).data == 417);
    CHECK(stalls_of(feature(12, 12, 16, 2304, 1)).data > 430);
}

TEST_CASE("narrow lines that are not packed are asked for too slowly to stall") {
    CdmaOp op = feature(1, 33, 24, 1152, 1);
    op.line_packed = false;
    CHECK(stalls_of(op).data == 0);
    op.line_packed = true;
    op.fetch_grain = 33;
    CHECK(stalls_of(op).data > 0);
}

TEST_CASE("reads in flight hide a slow memory's beats") {
    // The port takes 256 requests before the memory's pace counts.
    const MemoryTiming slow{.read_latency = 50, .write_latency = 50, .beat_interval = 4};
    CHECK(stalls_of(feature(12, 12, 16, 1536, 12), slow).weights ==
          stalls_of(feature(12, 12, 16, 1536, 12)).weights);
    CHECK(stalls_of(feature(64, 12, 16, 2304, 12), slow).data > 4000);
}

TEST_CASE("a stream that is reused asks for nothing") {
    CdmaOp op = feature(12, 12, 16, 2304, 12);
    op.weight_reuse = true;
    CHECK(stalls_of(op).weights == 0);
    csc::ConvLayer reused = fetch_layer(op);
    reused.data_reuse = true;
    CHECK(read_stalls(op, reused, nv_small(), {}).data == 0);
}

}  // namespace dla::cdma
