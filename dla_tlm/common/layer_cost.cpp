// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/layer_cost.hpp"

#include <algorithm>

namespace dla {

const char* name_of(Bound bound) {
    constexpr const char* kNames[kBounds] = {"compute", "weight fetch", "data fetch",
                                             "output",  "latency",      "shared port"};
    return kNames[static_cast<std::size_t>(bound)];
}

Bound bound_of(const CycleParts& parts) {
    const auto cycles = parts.in_order();
    return static_cast<Bound>(std::ranges::max_element(cycles) - cycles.begin());
}

LayerWork operator+(const LayerWork& a, const LayerWork& b) {
    LayerWork sum = a;
    sum.macs += b.macs;
    sum.cbuf_bytes += b.cbuf_bytes;
    sum.primary.read += b.primary.read;
    sum.primary.written += b.primary.written;
    sum.secondary.read += b.secondary.read;
    sum.secondary.written += b.secondary.written;
    return sum;
}

double mac_utilisation(const LayerWork& work, double cycles, const HardwareConfig& config) {
    const double peak = double{1} * config.atomic_c * config.kernels_per_group(work.precision);
    return cycles > 0 ? static_cast<double>(work.macs) / (peak * cycles) : 0;
}

double port_utilisation(std::uint64_t bytes, double cycles, const MemoryPort& port) {
    const double peak = port.width_bytes * cycles;
    return peak > 0 ? static_cast<double>(bytes) / peak : 0;
}

double energy_pj(const LayerWork& work, const HardwareConfig& config) {
    const EnergyConstants& e = config.energy;
    const double mac_pj = work.precision == Precision::kInt8    ? e.mac_int8_pj
                          : work.precision == Precision::kInt16 ? e.mac_int16_pj
                                                                : e.mac_fp16_pj;
    const auto sram = static_cast<double>(work.cbuf_bytes + work.secondary.total());
    const auto dram = static_cast<double>(work.primary.total());
    return static_cast<double>(work.macs) * mac_pj + sram * e.sram_byte_pj + dram * e.dram_byte_pj;
}

}  // namespace dla
