// SPDX-License-Identifier: Apache-2.0
// Pooling speed on one core: outputs per second, and the time against copying the input once.
#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "bench/seconds_per_run.hpp"
#include "dla_tlm/pdp/pdp_kernel.hpp"

namespace {

using namespace dla;
using namespace dla::pdp;

PdpOp layer(PoolMethod method, Precision precision, unsigned kernel, unsigned stride,
            unsigned atom_bytes) {
    PdpOp op;
    op.method = method;
    op.precision = precision;
    op.kernel_width = op.kernel_height = kernel;
    op.stride_width = op.stride_height = stride;
    op.out_width = op.out_height = 56;
    op.in_width = op.in_height = (op.out_width - 1) * stride + kernel;
    op.recip_width = op.recip_height = precision == Precision::kFp16 ? 0x7555 : 65536 / kernel;
    op.atom_bytes = atom_bytes;
    return op;
}

void measure(const char* name, const PdpOp& op) {
    const std::size_t in_line = std::size_t{op.in_width} * op.atom_bytes;
    const std::size_t out_line = std::size_t{op.out_width} * op.atom_bytes;
    std::vector<std::uint8_t> src(in_line * op.in_height);
    std::vector<std::uint8_t> dst(out_line * op.out_height);
    std::vector<std::uint8_t> copy(src.size());
    for (std::size_t i = 0; i < src.size(); ++i)
        src[i] = static_cast<std::uint8_t>((i * 2654435761U) >> 24 & 0x3f);
    const double pooling = bench::cpu_seconds_per_run([&] {
        pool_lines(op, {src.data(), in_line}, 0, op.out_height, dst.data(), out_line);
    });
    const double copying =
        bench::cpu_seconds_per_run([&] { std::memcpy(copy.data(), src.data(), src.size()); });
    const auto outputs = static_cast<double>(dst.size() / bytes_per_element(op.precision));
    fmt::print("{:<36} {:8.0f} M outputs/s   {:6.1f} x copy of the input\n", name,
               outputs / pooling / 1e6, pooling / copying);
}

}  // namespace

int main() {
    using enum Precision;
    using enum PoolMethod;
    measure("max 3x3 stride 1 int8, atom 32", layer(kMax, kInt8, 3, 1, 32));
    measure("max 3x3 stride 2 int8, atom 32", layer(kMax, kInt8, 3, 2, 32));
    measure("max 3x3 stride 2 int8, atom 8", layer(kMax, kInt8, 3, 2, 8));
    measure("max 3x3 stride 2 int16, atom 32", layer(kMax, kInt16, 3, 2, 32));
    measure("max 3x3 stride 2 fp16, atom 32", layer(kMax, kFp16, 3, 2, 32));
    measure("average 3x3 stride 2 int8, atom 32", layer(kAverage, kInt8, 3, 2, 32));
    measure("average 7x7 stride 1 int8, atom 32", layer(kAverage, kInt8, 7, 1, 32));
    measure("average 3x3 stride 2 int8, atom 8", layer(kAverage, kInt8, 3, 2, 8));
    measure("average 3x3 stride 2 int16, atom 32", layer(kAverage, kInt16, 3, 2, 32));
    measure("average 3x3 stride 2 fp16, atom 32", layer(kAverage, kFp16, 3, 2, 32));
}
