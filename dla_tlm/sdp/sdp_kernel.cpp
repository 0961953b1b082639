// SPDX-License-Identifier: Apache-2.0
// Reference version: one element after the other.
#include "dla_tlm/sdp/sdp_kernel.hpp"

#include <algorithm>
#include <cstring>

#include "dla_tlm/sdp/sdp_element.hpp"

namespace dla::sdp {
namespace {

using namespace numerics;

std::uint16_t load16(const std::uint8_t* bytes) {
    return static_cast<std::uint16_t>(bytes[0] | (bytes[1] << 8));
}

std::uint16_t sign_extended8(std::uint8_t byte) {
    return static_cast<std::uint16_t>(static_cast<std::int16_t>(static_cast<std::int8_t>(byte)));
}

// Where an element's source and operands come from.
struct Fetcher {
    const SdpOp& op;
    const Chunk& chunk;
    unsigned lanes;
    bool fp16;

    std::int32_t source(std::size_t element) const {
        const Source& source = chunk.source;
        if (!source.accumulators.empty()) return flushed(source.accumulators[element]);
        switch (source.precision) {
            case Precision::kInt8:
                return static_cast<std::int8_t>(source.bytes[element]);
            case Precision::kInt16:
                return static_cast<std::int16_t>(load16(&source.bytes[2 * element]));
            case Precision::kFp16:
                return flushed(from_bits(fp16_to_fp32(load16(&source.bytes[2 * element]))));
        }
        return 0;
    }

    std::int32_t flushed(std::int32_t v) const {
        return fp16 && op.nan_to_zero ? from_bits(fp32_nan_to_zero(as_bits(v))) : v;
    }

    // Raw operand of one element; which: 0 ALU, 1 MUL.
    std::uint16_t operand(const Operands& from, std::size_t element, unsigned which) const {
        const bool both = from.feeds_alu && from.feeds_mul;
        const std::size_t place = from.per_element ? element : element % lanes;
        const std::size_t value = both ? 2 * place + which : place;
        if (from.value_bytes == 1) return sign_extended8(from.bytes[value]);
        return load16(&from.bytes[2 * value]);
    }

    OperandPair x_operands(const XStage& stage, const Operands& from, std::size_t element) const {
        OperandPair pair;
        if (stage.bypass) return pair;
        if (stage.alu) {
            const std::uint16_t raw =
                stage.alu_from_memory ? operand(from, element, 0) : stage.alu_operand;
            pair.alu = prepare_x_alu(stage, raw, fp16, op.nan_to_zero);
        }
        if (stage.mul) {
            const std::uint16_t raw =
                stage.mul_from_memory ? operand(from, element, 1) : stage.mul_operand;
            pair.mul = prepare_x_mul(raw, fp16, op.nan_to_zero);
        }
        return pair;
    }

    OperandPair y_operands(std::size_t element) const {
        const YStage& stage = op.ew;
        OperandPair pair{stage.alu_operand, stage.mul_operand};
        if (stage.alu && stage.alu_from_memory) {
            pair.alu =
                prepare_y(stage.alu_converter, operand(chunk.ew, element, 0), fp16, op.nan_to_zero);
        }
        if (stage.mul && stage.mul_from_memory) {
            pair.mul =
                prepare_y(stage.mul_converter, operand(chunk.ew, element, 1), fp16, op.nan_to_zero);
        }
        return pair;
    }
};

std::int32_t x_stage(const Fetcher& fetch, const XStage& stage, const Operands& from,
                     std::size_t element, std::int32_t v) {
    const OperandPair operand = fetch.x_operands(stage, from, element);
    return fetch.fp16 ? x_stage_fp(stage, v, operand) : x_stage_int(stage, v, operand);
}

std::int32_t y_stage(const Fetcher& fetch, const lut::Tables& tables, std::size_t element,
                     std::int32_t v, Counters& counters) {
    const SdpOp& op = fetch.op;
    if (op.ew.bypass) return v;
    const OperandPair operand = fetch.y_operands(element);
    v = fetch.fp16 ? y_stage_fp(op.ew, v, operand) : y_stage_int(op.ew, v, operand);
    if (!op.ew.lut) return v;
    return fetch.fp16 ? look_up_fp(op.lut, tables, v, counters)
                      : look_up_int(op.lut, tables, v, counters);
}

// What leaves the three stages.
std::int32_t staged(const Fetcher& fetch, const lut::Tables& tables, std::size_t element,
                    Counters& counters) {
    std::int32_t v = fetch.source(element);
    v = x_stage(fetch, fetch.op.bs, fetch.chunk.bs, element, v);
    v = x_stage(fetch, fetch.op.bn, fetch.chunk.bn, element, v);
    return y_stage(fetch, tables, element, v, counters);
}

}  // namespace

void process_reference(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
                       std::span<std::uint8_t> dst, Counters& counters) {
    const Fetcher fetch{op, chunk, op.shape.lanes(), op.shape.proc == Precision::kFp16};
    const unsigned out_bytes = bytes_per_element(op.shape.out);
    const std::size_t elements = chunk.pixels * fetch.lanes;
    for (std::size_t i = 0; i < elements; ++i) {
        const std::int32_t v = staged(fetch, tables, i, counters);
        if (op.compares()) {
            counters.unequal += v != 0 ? 1 : 0;
            continue;
        }
        const std::uint16_t result = fetch.fp16 ? convert_fp(op.shape.out, v, counters)
                                                : convert_int(op.cvt, op.shape.out, v, counters);
        std::memcpy(&dst[i * out_bytes], &result, out_bytes);
    }
}

Counters& Counters::operator+=(const Counters& other) {
    saturated += other.saturated;
    nan_outputs += other.nan_outputs;
    unequal += other.unequal;
    lut_underflow += other.lut_underflow;
    lut_overflow += other.lut_overflow;
    lut_hybrid += other.lut_hybrid;
    lut_le_hit += other.lut_le_hit;
    lut_lo_hit += other.lut_lo_hit;
    return *this;
}

Chunk part_of(const Chunk& chunk, const Shape& shape, std::size_t first, std::size_t end) {
    const auto of_pixels = [&](std::span<const std::uint8_t> bytes, std::size_t element_bytes) {
        const std::size_t pixel = shape.lanes() * element_bytes;
        return bytes.subspan(first * pixel, (end - first) * pixel);
    };
    Chunk part = chunk;
    part.pixels = end - first;
    if (!chunk.source.accumulators.empty())
        part.source.accumulators = chunk.source.accumulators.pixels(first, end);
    else
        part.source.bytes =
            of_pixels(chunk.source.bytes, bytes_per_element(chunk.source.precision));
    for (Operands* operands : {&part.bs, &part.bn, &part.ew})
        if (operands->per_element)
            operands->bytes = of_pixels(
                operands->bytes,
                operands->value_bytes * (operands->feeds_alu && operands->feeds_mul ? 2 : 1));
    return part;
}

Counters last_lookups(const SdpOp& op, const lut::Tables& tables, const Chunk& chunk,
                      unsigned elements) {
    const Fetcher fetch{op, chunk, op.shape.lanes(), op.shape.proc == Precision::kFp16};
    const std::size_t end = chunk.pixels * fetch.lanes;
    Counters counters;
    for (std::size_t i = end - std::min<std::size_t>(elements, end); i < end; ++i)
        staged(fetch, tables, i, counters);
    return counters;
}

void count_input(std::span<const std::uint8_t> fp16_bytes, InputCounters& counters) {
    for (std::size_t i = 0; i + 1 < fp16_bytes.size(); i += 2) {
        const std::uint16_t value = load16(&fp16_bytes[i]);
        counters.nan += fp16_is_nan(value) ? 1 : 0;
        counters.inf += fp16_is_inf(value) ? 1 : 0;
    }
}

}  // namespace dla::sdp
