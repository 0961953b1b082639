// SPDX-License-Identifier: Apache-2.0
// AVX2: sums of products over the channels, sixteen kernels in two vectors.
#if defined(__x86_64__)

#include <algorithm>
#include <memory>

#include "dla_tlm/cacc/cacc_fp16_kernels.hpp"
#include "dla_tlm/cmac/cmac_fp16_products_avx2.hpp"

namespace dla::cacc {
namespace {

using namespace cmac::avx2;

constexpr unsigned kHalves = kFp16GroupKernels / kKernels;
constexpr unsigned kLanes = cmac::kFp16Lanes;

constexpr unsigned kTogether = 4;  // channels whose terms sum up in 32 bits

static_assert(kLanes % kTogether == 0);

// Channels in whole steps of kTogether; those beyond the operation's lanes are zero.
struct Weights {
    std::array<std::array<ChannelWeights, kHalves>, kLanes> channel;
    unsigned channels;
    bool has_nan;
};

struct alignas(32) Data {
    std::array<std::int32_t, kLanes> significand;  // signed, its 16 bits
    std::array<std::int32_t, kLanes> exponent;
    bool has_nan;
};

// Sums of eight kernels over the channels: modulo 2^32, and of their high halves to tell the
// carries.
struct Totals {
    Vector low;
    Vector high;
};

DLA_AVX2_INLINE bool any(Vector mask) {
    return _mm256_movemask_epi8(mask) != 0;
}

DLA_AVX2 void prepare(const Fp16Operation& operation, Weights& weights) {
    weights.channels = (operation.lanes + kTogether - 1) / kTogether * kTogether;
    Vector nan = _mm256_setzero_si256();
    for (unsigned c = 0; c < weights.channels; ++c)
        for (unsigned half = 0; half < kHalves; ++half) {
            alignas(32) std::array<std::uint32_t, kKernels> bits{};
            const unsigned first = half * kKernels;
            const unsigned kernels = operation.kernels - std::min(first, operation.kernels);
            for (unsigned k = 0; k < std::min(kernels, kKernels) && c < operation.lanes; ++k)
                bits[k] = operation.weights[(first + k) * operation.lanes + c];
            const Fields fields =
                split(_mm256_load_si256(reinterpret_cast<const Vector*>(bits.data())));
            prepare_weights(fields, weights.channel[c][half]);
            nan = _mm256_or_si256(nan, fields.nan);
        }
    weights.has_nan = any(nan);
}

DLA_AVX2 void prepare(const std::uint16_t* atom, unsigned lanes, Data& data) {
    alignas(16) std::array<std::uint16_t, kLanes> bits{};
    std::copy_n(atom, lanes, bits.begin());
    Vector nan = _mm256_setzero_si256();
    for (unsigned c = 0; c < lanes; c += kKernels) {
        const Fields fields = split(
            _mm256_cvtepu16_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(&bits[c]))));
        _mm256_store_si256(reinterpret_cast<Vector*>(&data.significand[c]),
                           _mm256_and_si256(negate(fields.magnitude, fields.sign), all(0xffff)));
        _mm256_store_si256(reinterpret_cast<Vector*>(&data.exponent[c]), fields.exponent);
        nan = _mm256_or_si256(nan, fields.nan);
    }
    data.has_nan = any(nan);
}

DLA_AVX2_INLINE void largest_exponents(const Weights& weights, const Data& data,
                                       Vector (&largest)[kHalves]) {
    for (unsigned half = 0; half < kHalves; ++half) {
        largest[half] = _mm256_setzero_si256();
        for (unsigned c = 0; c < weights.channels; ++c)
            largest[half] = _mm256_max_epi32(
                largest[half],
                _mm256_add_epi32(all(data.exponent[c]), weights.channel[c][half].exponent));
    }
}

// Terms of kTogether channels: less than 2^28 each.
DLA_AVX2_INLINE void add_terms(const Weights& weights, const Data& data, std::size_t first,
                               const Vector (&largest)[kHalves], Totals (&totals)[kHalves]) {
    Vector sums[kHalves] = {};
    for (std::size_t i = 0; i < kTogether; ++i) {
        const std::size_t c = first + i;
        for (unsigned half = 0; half < kHalves; ++half)
            sums[half] =
                _mm256_add_epi32(sums[half], terms(weights.channel[c][half], data.significand[c],
                                                   data.exponent[c], largest[half]));
    }
    for (unsigned half = 0; half < kHalves; ++half) {
        Totals& total = totals[half];
        total.low = _mm256_add_epi32(total.low, sums[half]);
        total.high = _mm256_add_epi32(total.high, _mm256_srai_epi32(sums[half], 16));
    }
}

using Sums = std::array<std::int64_t, kFp16GroupKernels>;

using Lanes = std::array<std::int32_t, kFp16GroupKernels>;

DLA_AVX2_INLINE Lanes lanes_of(const Vector (&vectors)[kHalves]) {
    Lanes lanes;
    for (unsigned half = 0; half < kHalves; ++half)
        _mm256_storeu_si256(reinterpret_cast<Vector*>(&lanes[half * kKernels]), vectors[half]);
    return lanes;
}

DLA_AVX2_INLINE Sums exact_sums(const Totals (&totals)[kHalves]) {
    Vector rest[kHalves];
    Vector high[kHalves];
    for (unsigned half = 0; half < kHalves; ++half) {
        high[half] = totals[half].high;
        rest[half] = _mm256_sub_epi32(totals[half].low, _mm256_slli_epi32(high[half], 16));
    }
    const Lanes low_lanes = lanes_of(rest);
    const Lanes high_lanes = lanes_of(high);
    Sums sums;
    for (unsigned k = 0; k < kFp16GroupKernels; ++k)
        sums[k] = std::int64_t{high_lanes[k]} * 65536 + low_lanes[k];
    return sums;
}

void accumulate_sums(const Sums& terms, const Lanes& exponents, unsigned kernels, Fp48Group& sums) {
    for (unsigned k = 0; k < kernels; ++k) {
        Fp48 sum{sums.mantissa[k], sums.exponent[k]};
        accumulate(sum, {static_cast<unsigned>(exponents[k]), terms[k]});
        sums.mantissa[k] = sum.mantissa;
        sums.exponent[k] = sum.exponent;
    }
}

// Pixels that take the weights from the first-level cache together: all of them do not fit it.
constexpr std::size_t kTile = 8;

struct Pixel {
    Data data;
    Vector largest[kHalves];
    Totals totals[kHalves];
    Fp48Group* sums;
};

DLA_AVX2 void accumulate_pixels(const Weights& weights, unsigned kernels, std::span<Pixel> pixels) {
    for (Pixel& pixel : pixels) {
        largest_exponents(weights, pixel.data, pixel.largest);
        for (Totals& totals : pixel.totals)
            totals = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    }
    for (std::size_t c = 0; c < weights.channels; c += kTogether)
        for (Pixel& pixel : pixels)
            add_terms(weights, pixel.data, c, pixel.largest, pixel.totals);
    for (const Pixel& pixel : pixels)
        accumulate_sums(exact_sums(pixel.totals), lanes_of(pixel.largest), kernels, *pixel.sums);
}

// 2x2 outputs of the sums of 4x4 positions.
std::array<Sums, 4> post_addition(const std::array<Sums, 16>& position) {
    std::array<Sums, 4> outputs;
    for (unsigned k = 0; k < kFp16GroupKernels; ++k) {
        std::int64_t rows[2][4];
        for (unsigned x = 0; x < 4; ++x) {
            rows[0][x] = position[x][k] + position[4 + x][k] + position[8 + x][k];
            rows[1][x] = position[4 + x][k] - position[8 + x][k] - position[12 + x][k];
        }
        for (unsigned y = 0; y < 2; ++y) {
            outputs[2 * y][k] = rows[y][0] + rows[y][1] + rows[y][2];
            outputs[2 * y + 1][k] = rows[y][1] - rows[y][2] - rows[y][3];
        }
    }
    return outputs;
}

DLA_AVX2 void accumulate_tile(const Weights& weights, const Data& data, unsigned kernels,
                              std::span<Fp48Group, 4> sums) {
    Vector largest[kHalves];
    largest_exponents(weights, data, largest);
    std::array<Sums, 16> positions;
    for (std::size_t i = 0; i < positions.size(); ++i) {
        Totals totals[kHalves] = {};
        add_terms(weights, data, kTogether * i, largest, totals);
        positions[i] = exact_sums(totals);
    }
    const std::array<Sums, 4> outputs = post_addition(positions);
    for (unsigned i = 0; i < 4; ++i)
        accumulate_sums(outputs[i], lanes_of(largest), kernels, sums[i]);
}

}  // namespace

bool has_avx2() {
    return __builtin_cpu_supports("avx2") != 0;
}

void accumulate_avx2(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    const auto weights = std::make_unique_for_overwrite<Weights>();
    prepare(operation, *weights);
    std::array<Pixel, kTile> tile;
    std::size_t filled = 0;
    for (std::size_t i = 0; i < operation.data.size(); ++i) {
        Pixel& pixel = tile[filled];
        prepare(operation.data[i], operation.lanes, pixel.data);
        pixel.sums = &sums[i];
        if (weights->has_nan || pixel.data.has_nan)
            accumulate_pixel_reference(operation, i, sums[i]);
        else if (++filled == kTile) {
            accumulate_pixels(*weights, operation.kernels, tile);
            filled = 0;
        }
    }
    accumulate_pixels(*weights, operation.kernels, std::span(tile).first(filled));
}

void accumulate_winograd_avx2(const Fp16Operation& operation, std::span<Fp48Group> sums) {
    const auto weights = std::make_unique_for_overwrite<Weights>();
    prepare(operation, *weights);
    Data data;
    for (std::size_t i = 0; i < operation.data.size(); ++i) {
        const auto outputs = sums.subspan(4 * i).first<4>();
        prepare(operation.data[i], operation.lanes, data);
        if (weights->has_nan || data.has_nan)
            accumulate_tile_reference(operation, i, outputs);
        else
            accumulate_tile(*weights, data, operation.kernels, outputs);
    }
}

}  // namespace dla::cacc
#endif
