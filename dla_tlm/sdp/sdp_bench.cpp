// SPDX-License-Identifier: Apache-2.0
// Elements per second of the SDP kernel on one core, beside a plain copy of the same bytes.
// Measured in processor time, so that other work on the machine hardly shows.
#include <bit>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <vector>

#include "dla_tlm/common/aligned_buffer.hpp"
#include "dla_tlm/sdp/sdp_kernel.hpp"

namespace {

using namespace dla;
using namespace dla::sdp;

constexpr std::size_t kPixels = 1024;
constexpr unsigned kAtomBytes = 32;
constexpr double kSeconds = 0.2;
constexpr std::size_t kCallsPerReading = 16;  // of the clock, which takes as long as a short call

struct Data {
    AlignedBuffer<std::int32_t> accumulators;
    std::vector<std::uint8_t> bytes;
    std::vector<std::uint8_t> operands;
    std::vector<std::uint8_t> dst;
    lut::Tables tables;
};

Data make_data(std::size_t elements) {
    Data data;
    data.accumulators.resize(elements);
    data.bytes.resize(2 * elements);
    data.operands.resize(4 * elements);
    data.dst.resize(2 * elements);
    std::uint32_t seed = 1;
    const auto next = [&] { return (seed = seed * 1664525 + 1013904223) >> 8; };
    for (auto& value : data.accumulators.span())
        value = static_cast<std::int32_t>(next() & 0xffff) - 0x8000;
    // fp16 of moderate size, which are as good as any as integers.
    for (std::size_t i = 0; i < data.bytes.size(); ++i)
        data.bytes[i] = static_cast<std::uint8_t>(i % 2 == 0 ? next() : 0x38 + (next() & 0x83));
    for (std::size_t i = 0; i < data.operands.size(); ++i)
        data.operands[i] = static_cast<std::uint8_t>(i % 2 == 0 ? next() : 0x38 + (next() & 0x83));
    for (auto& entry : data.tables.le)
        entry = static_cast<std::int16_t>(next());
    for (auto& entry : data.tables.lo)
        entry = static_cast<std::int16_t>(next());
    return data;
}

// Calls per second.
double rate(const std::function<void()>& work) {
    work();
    std::size_t calls = 0;
    const std::clock_t begin = std::clock();
    double seconds = 0;
    do {
        for (std::size_t i = 0; i < kCallsPerReading; ++i)
            work();
        calls += kCallsPerReading;
        seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    } while (seconds < kSeconds);
    return static_cast<double>(calls) / seconds;
}

SdpOp base_op(Precision precision) {
    SdpOp op;
    op.shape.atom_bytes = kAtomBytes;
    op.shape.proc = precision;
    op.shape.out = precision;
    op.cvt = {3, 77, 9};
    return op;
}

XStage bias_relu() {
    XStage stage;
    stage.bypass = false;
    stage.alu = true;
    stage.alu_from_memory = true;
    stage.relu = true;
    return stage;
}

XStage full_x() {
    XStage stage = bias_relu();
    stage.mul = true;
    stage.mul_from_memory = true;
    stage.mul_shift = 6;
    return stage;
}

// Registers hold integers or, in fp16 layers, fp32 patterns.
std::int32_t number(Precision precision, std::int32_t value) {
    return precision == Precision::kFp16 ? std::bit_cast<std::int32_t>(static_cast<float>(value))
                                         : value;
}

YStage full_y(Precision precision) {
    YStage stage;
    stage.bypass = false;
    stage.mul = true;
    stage.mul_operand = number(precision, 3);
    stage.truncate = 2;
    stage.alu = true;
    stage.alu_from_memory = true;
    stage.alu_converter = {false, 5, 3, 1};
    stage.lut = true;
    return stage;
}

// Two tables over the same values; those of an fp16 layer are small.
LutSettings ranges(Precision precision, bool linear) {
    const bool fp16 = precision == Precision::kFp16;
    const std::int32_t half = fp16 ? 8 : 8192;
    const auto scale = static_cast<std::int16_t>(fp16 ? 0x3800 : 3);
    LutSettings lut;
    lut.le_linear = linear;
    lut.le_select = fp16 ? -2 : 8;
    lut.lo_select = fp16 ? -4 : 6;
    lut.le = {number(precision, -half), number(precision, half), {scale, 2}, {scale, 2}};
    lut.lo = lut.le;
    return lut;
}

struct Case {
    const char* name;
    SdpOp op;
    bool from_accumulators;
    Operands bs;
    Operands bn;
    Operands ew;
};

Operands format(unsigned bytes, bool both, bool per_element) {
    return {{}, bytes, true, both, per_element};
}

std::vector<Case> cases() {
    std::vector<Case> list;
    const auto add = [&](const char* name, Precision precision, bool from_accumulators) -> Case& {
        list.push_back({name, base_op(precision), from_accumulators, {}, {}, {}});
        return list.back();
    };
    add("int8 from CACC: converter", Precision::kInt8, true);
    add("int16 from CACC: converter", Precision::kInt16, true);
    Case* c = &add("int8 from CACC: bias, scale, ReLU", Precision::kInt8, true);
    c->op.bs = full_x();
    c->op.bs.mul_shift = 18;
    c->op.cvt = {};
    c->bs = format(2, true, false);
    c = &add("int8 from CACC: bias, ReLU, converter", Precision::kInt8, true);
    c->op.bs = bias_relu();
    c->bs = format(2, false, false);
    c = &add("int16 from CACC: bias, ReLU, converter", Precision::kInt16, true);
    c->op.bs = bias_relu();
    c->bs = format(2, false, false);
    c = &add("int8 from memory: X1 per element", Precision::kInt8, false);
    c->op.bs = full_x();
    c->bs = format(1, true, true);
    c = &add("fp16 from CACC: bias, ReLU, converter", Precision::kFp16, true);
    c->op.bs = bias_relu();
    c->bs = format(2, false, false);
    for (const Precision precision : {Precision::kInt8, Precision::kInt16, Precision::kFp16}) {
        for (const bool linear : {true, false}) {
            static constexpr const char* kNames[3][2] = {
                {"int8: X1, X2, Y, exponent table", "int8: X1, X2, Y, linear tables"},
                {"int16: X1, X2, Y, exponent table", "int16: X1, X2, Y, linear tables"},
                {"fp16: X1, X2, Y, exponent table", "fp16: X1, X2, Y, linear tables"}};
            c = &add(kNames[static_cast<int>(precision)][linear ? 1 : 0], precision, false);
            c->op.bs = full_x();
            c->op.bn = full_x();
            c->op.ew = full_y(precision);
            c->op.lut = ranges(precision, linear);
            const unsigned bytes = precision == Precision::kInt8 ? 1 : 2;
            c->bs = c->bn = format(bytes, true, false);
            c->ew = format(bytes, false, true);
        }
    }
    return list;
}

void run(Case& c) {
    const unsigned lanes = c.op.shape.lanes();
    const std::size_t elements = kPixels * lanes;
    Data data = make_data(elements);
    if (c.op.shape.proc == Precision::kFp16) {
        for (std::size_t i = 0; i < elements; ++i)
            data.accumulators[i] = (data.accumulators[i] << 9) ^ 0x3f800000;
    }
    Chunk chunk{kPixels, {}, c.bs, c.bn, c.ew};
    if (c.from_accumulators) {
        chunk.source.accumulators = {data.accumulators.span(), c.op.shape.lanes()};
    } else {
        chunk.source.bytes = data.bytes;
        chunk.source.precision = c.op.shape.proc;
    }
    chunk.bs.bytes = chunk.bn.bytes = chunk.ew.bytes = data.operands;
    Counters counters;
    const auto speed = [&](auto function) {
        return static_cast<double>(elements) *
               rate([&] { function(c.op, data.tables, chunk, data.dst, counters); });
    };
    const double fast = speed(&process);
    const double reference = speed(&process_reference);
    // The copy moves what the kernel reads from its source.
    const std::size_t bytes =
        elements * (c.from_accumulators ? 4 : bytes_per_element(c.op.shape.proc));
    std::vector<std::uint8_t> copy(bytes);
    const auto* from = c.from_accumulators ? static_cast<const void*>(data.accumulators.data())
                                           : data.bytes.data();
    const double plain = static_cast<double>(elements) * rate([&] {
                             std::memcpy(copy.data(), from, bytes);
                             asm volatile("" : : "r"(copy.data()) : "memory");
                         });
    std::printf("%-42s %8.0f M elements/s  reference %6.1f M/s  copy/kernel %5.1f\n", c.name,
                fast / 1e6, reference / 1e6, plain / fast);
}

}  // namespace

int main() {
    for (Case& c : cases())
        run(c);
    return 0;
}
