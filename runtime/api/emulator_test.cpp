// SPDX-License-Identifier: Apache-2.0
#include "runtime/api/emulator.hpp"

#include <cmath>

#include "runtime/image/half.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;
using dla::Result;

namespace {

EmulatorOp softmax_op(EmulatorFormat format, std::uint16_t channels) {
    EmulatorOp op{.type = EmulatorOpType::kSoftmax};
    op.src = {.address = 0, .format = format, .width = 1, .height = 1, .channel = channels};
    op.src.line_stride = op.src.surf_stride = format == EmulatorFormat::kInt8x8 ? 8 : 32;
    op.dst = op.src;
    op.dst.address = 1;
    return op;
}

struct Buffers {
    Bytes src = Bytes(64, 0);
    Bytes dst = Bytes(64, 0);

    Result<void> run(const EmulatorOp& op) {
        return run_emulator_task({.operations = {op}}, [&](std::size_t position) {
            return std::span(position == 0 ? src : dst);
        });
    }
    void set_half(std::size_t i, float value) {
        const std::uint16_t bits = float_to_half(value);
        src[2 * i] = static_cast<std::uint8_t>(bits);
        src[2 * i + 1] = static_cast<std::uint8_t>(bits >> 8);
    }
    float half(std::size_t i) const {
        return half_to_float(static_cast<std::uint16_t>(dst[2 * i] | dst[2 * i + 1] << 8));
    }
};

}  // namespace

TEST_CASE("fp16 softmax sums to one and keeps the order") {
    Buffers buffers;
    for (std::size_t i = 0; i < 20; ++i)
        buffers.set_half(i, static_cast<float>(i) * 0.25f);
    REQUIRE(buffers.run(softmax_op(EmulatorFormat::kFp16, 20)).has_value());
    float sum = 0;
    for (std::size_t i = 0; i < 20; ++i)
        sum += buffers.half(i);
    CHECK(std::fabs(sum - 1) < 0.002f);
    CHECK(buffers.half(19) == half_to_float(float_to_half(0.2227f)));
}

TEST_CASE("int8 softmax scales, rounds through fp16 and cuts towards zero") {
    Buffers buffers;
    EmulatorOp op = softmax_op(EmulatorFormat::kInt8x8, 10);
    op.input_scale = 0.5f;
    op.output_scale = 1.0f / 127;
    buffers.src[9] = 2;                              // 1.0
    buffers.src[3] = static_cast<std::uint8_t>(-2);  // -1.0
    REQUIRE(buffers.run(op).has_value());
    const float sum = std::exp(0.0f) + std::exp(-2.0f) + 8 * std::exp(-1.0f);
    CHECK(buffers.dst[9] == static_cast<int>(127 / sum));
    CHECK(buffers.dst[3] == static_cast<int>(127 * std::exp(-2.0f) / sum));
    CHECK(buffers.dst[0] == static_cast<int>(127 * std::exp(-1.0f) / sum));
}

TEST_CASE("fp16 power computes (shift + scale * x) ^ power") {
    Buffers buffers;
    EmulatorOp op = softmax_op(EmulatorFormat::kFp16, 3);
    op.type = EmulatorOpType::kPower;
    op.power = 2;
    op.scale = 3;
    op.shift = 1;
    buffers.set_half(1, 2.0f);
    REQUIRE(buffers.run(op).has_value());
    CHECK(buffers.half(0) == 1.0f);
    CHECK(buffers.half(1) == 49.0f);
}

TEST_CASE("int8 power clamps, then cuts towards zero") {
    Buffers buffers;
    EmulatorOp op = softmax_op(EmulatorFormat::kInt8, 3);
    op.type = EmulatorOpType::kPower;
    op.input_scale = 1;
    op.output_scale = 2;
    op.scale = -3;
    buffers.src = Bytes(64, 0);
    buffers.src[0] = 5;
    buffers.src[1] = 127;
    REQUIRE(buffers.run(op).has_value());
    CHECK(static_cast<std::int8_t>(buffers.dst[0]) == -7);
    CHECK(static_cast<std::int8_t>(buffers.dst[1]) == -128);
}

TEST_CASE("impossible emulator operations are refused in words") {
    Buffers buffers;
    EmulatorOp op = softmax_op(EmulatorFormat::kFp16, 20);
    SECTION("different formats") {
        op.dst.format = EmulatorFormat::kInt8;
        CHECK(buffers.run(op).error().message ==
              "emulator operation 0 (softmax): src.format is 3, dst.format is 0; they must be "
              "equal");
    }
    SECTION("buffer too small") {
        buffers.dst.resize(40);
        CHECK(buffers.run(op).error().message ==
              "emulator operation 0 (softmax): dst needs 64 bytes at address 1, 40 are there");
    }
    SECTION("overlapping lines") {
        op.type = EmulatorOpType::kPower;
        op.src.height = 2;
        op.src.line_stride = 16;
        CHECK(buffers.run(op).error().message ==
              "emulator operation 0 (power): src.line_stride is 16, a line has 32 bytes");
    }
    SECTION("channels beyond the strides") {
        op.src.surf_stride = op.dst.surf_stride = 0;
        CHECK_FALSE(buffers.run(op).has_value());
    }
}
