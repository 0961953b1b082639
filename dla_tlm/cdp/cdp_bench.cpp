// SPDX-License-Identifier: Apache-2.0
// Normalisation speed on one core: elements per second, and the time against copying the input.
#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "bench/seconds_per_run.hpp"
#include "dla_tlm/cdp/cdp_kernel.hpp"

namespace {

using namespace dla;
using namespace dla::cdp;

CdpOp layer(Precision precision, unsigned window, unsigned channels, unsigned atom_bytes) {
    CdpOp op;
    op.precision = precision;
    op.window = window;
    op.width = 56;
    op.channels = channels;
    op.atom_bytes = atom_bytes;
    op.count_lut = true;
    op.output.shift = 12;
    op.lut.le_offset = 0;
    op.lut.lo_select = precision == Precision::kInt8 ? 8 : 20;
    op.lut.lo.end = std::int64_t{256} << op.lut.lo_select;
    if (precision == Precision::kFp16) op.lut.lo_select = 2;
    return op;
}

void measure(const char* name, const CdpOp& op) {
    lut::Tables tables;
    for (std::size_t i = 0; i < tables.lo.size(); ++i)
        tables.lo[i] = static_cast<std::int16_t>(20000 - 70 * static_cast<int>(i));
    const std::size_t surface = std::size_t{op.width} * op.atom_bytes;
    std::vector<std::uint8_t> src(surface * op.surfaces());
    std::vector<std::uint8_t> dst(src.size());
    for (std::size_t i = 0; i < src.size(); ++i)
        src[i] = static_cast<std::uint8_t>((i * 2654435761U) >> 24 & 0x3f);
    CdpCounts counts;
    const double normalizing = bench::cpu_seconds_per_run([&] {
        normalize(op, tables, {src.data(), surface}, op.width, dst.data(), surface, counts);
    });
    const double copying =
        bench::cpu_seconds_per_run([&] { std::memcpy(dst.data(), src.data(), src.size()); });
    const auto count = static_cast<double>(src.size() / bytes_per_element(op.precision));
    fmt::print("{:<36} {:8.0f} M elements/s   {:6.1f} x copy of the input\n", name,
               count / normalizing / 1e6, normalizing / copying);
}

}  // namespace

int main() {
    using enum Precision;
    measure("5 channels int8, C 96, atom 32", layer(kInt8, 5, 96, 32));
    measure("9 channels int8, C 256, atom 32", layer(kInt8, 9, 256, 32));
    measure("5 channels int8, C 96, atom 8", layer(kInt8, 5, 96, 8));
    measure("5 channels int16, C 96, atom 32", layer(kInt16, 5, 96, 32));
    measure("5 channels fp16, C 96, atom 32", layer(kFp16, 5, 96, 32));
}
