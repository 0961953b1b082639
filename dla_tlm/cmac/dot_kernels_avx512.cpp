// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cmac/dot_kernels_targets.hpp"

#if defined(__x86_64__)
#define DLA_DOT_TARGET [[gnu::target("avx512f,avx512bw")]]
#include "dla_tlm/cmac/dot_tile_avx512.hpp"

namespace dla::cmac {
namespace {

struct Words {
    DLA_DOT_TARGET [[gnu::always_inline]] static inline __m512i step(__m512i sums, __m512i data,
                                                                     __m512i weights) {
        return _mm512_add_epi32(sums, _mm512_madd_epi16(data, weights));
    }
};

}  // namespace

const DotKernels& avx512_dot_kernels() {
    static constexpr DotKernels kKernels{
        "AVX-512BW", false, {}, make_dot_table<TileMaker<Words>>(), &widen, &interleave};
    return kKernels;
}

}  // namespace dla::cmac
#endif
