// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cmac/dot_kernels_targets.hpp"

#if defined(__x86_64__)
#define DLA_DOT_TARGET [[gnu::target("avx512f,avx512bw,avx512vnni")]]
#include "dla_tlm/cmac/dot_tile_avx512.hpp"

namespace dla::cmac {
namespace {

struct Words {
    DLA_DOT_TARGET [[gnu::always_inline]] static inline __m512i step(__m512i sums, __m512i data,
                                                                     __m512i weights) {
        return _mm512_dpwssd_epi32(sums, data, weights);
    }
};

struct Bytes {
    DLA_DOT_TARGET [[gnu::always_inline]] static inline __m512i step(__m512i sums, __m512i data,
                                                                     __m512i weights) {
        return _mm512_dpbusd_epi32(sums, data, weights);
    }
};

}  // namespace

const DotKernels& avx512_vnni_dot_kernels() {
    static constexpr DotKernels kKernels{"AVX-512 VNNI",
                                         true,
                                         make_dot_table<TileMaker<Bytes>>(),
                                         make_dot_table<TileMaker<Words>>(),
                                         &widen,
                                         &interleave};
    return kKernels;
}

}  // namespace dla::cmac
#endif
