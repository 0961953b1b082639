// SPDX-License-Identifier: Apache-2.0
// The dot kernels of each instruction set; call only what the processor supports
// (available_dot_kernels() in dot_kernels.hpp does).
#pragma once

#include <cstddef>
#include <utility>

#include "dla_tlm/cmac/dot_kernels.hpp"

namespace dla::cmac {

const DotKernels& portable_dot_kernels();
#if defined(__x86_64__)
const DotKernels& avx2_dot_kernels();
const DotKernels& avx512_dot_kernels();
const DotKernels& avx512_vnni_dot_kernels();
#endif

// One step of one kernel after the other.
void interleave_portable(const std::byte* src, std::size_t kernel_bytes, std::size_t steps,
                         std::byte* dst, std::size_t step_bytes);

// Table of Maker::make<half pixels, vectors>().
template <class Maker>
constexpr DotKernels::Table make_dot_table() {
    DotKernels::Table table{};
    const auto fill = [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((table[I + 1][1] = Maker::template make<I + 1, 1>(),
          table[I + 1][2] = Maker::template make<I + 1, 2>()),
         ...);
    };
    fill(std::make_index_sequence<kMaxHalf>{});
    return table;
}

}  // namespace dla::cmac
