// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cmac/dot_kernels.hpp"

#include <vector>

#include "dla_tlm/cmac/dot_kernels_targets.hpp"

namespace dla::cmac {
namespace {

std::vector<const DotKernels*> detect() {
    std::vector<const DotKernels*> found{&portable_dot_kernels()};
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) found.push_back(&avx2_dot_kernels());
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
        found.push_back(&avx512_dot_kernels());
        if (__builtin_cpu_supports("avx512vnni")) found.push_back(&avx512_vnni_dot_kernels());
    }
#endif
    return found;
}

}  // namespace

std::span<const DotKernels* const> available_dot_kernels() {
    static const std::vector<const DotKernels*> kFound = detect();
    return kFound;
}

}  // namespace dla::cmac
