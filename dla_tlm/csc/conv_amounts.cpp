// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "dla_tlm/csc/conv_timing.hpp"

namespace dla::csc {

ConvAmounts conv_amounts(const ConvLayer& layer, const HardwareConfig& config) {
    const std::uint64_t beat = config.primary.width_bytes;
    const std::uint64_t atom = config.memory_atom_bytes;
    ConvAmounts a{};
    a.surfaces = static_cast<unsigned>(
        ceil_div(std::uint64_t{layer.channels} * bytes_per_element(layer.precision), atom));
    if (layer.image) {
        for (const unsigned bytes : layer.plane_bytes_per_pixel) {
            const std::uint64_t before = layer.x_offset * bytes;
            a.data_beats +=
                ceil_div(before % beat + std::uint64_t{layer.width} * bytes, beat) * layer.height;
        }
        a.operations =
            ceil_div(std::uint64_t{layer.kernel_width} * layer.channels, config.atomic_c) *
            layer.kernel_height;
    } else {
        a.data_beats =
            ceil_div(layer.width * atom, beat) * a.surfaces * layer.height * layer.batches;
        a.operations = layer.winograd ? ceil_div(layer.channels, 4)
                                      : ceil_div(layer.channels, config.atomic_c) *
                                            layer.kernel_height * layer.kernel_width;
    }
    a.weight_beats = ceil_div(layer.weight_bytes, beat);
    if (layer.data_reuse) a.data_beats = 0;
    if (layer.weight_reuse) a.weight_beats = 0;
    a.groups = static_cast<unsigned>(ceil_div(layer.kernels, layer.kernels_per_group));
    a.last_group_kernels = layer.kernels - (a.groups - 1) * layer.kernels_per_group;
    a.kernel_bytes = std::uint64_t{layer.kernel_height} * layer.kernel_width * layer.channels *
                     bytes_per_element(layer.precision);
    // Compressed weights: the groups share what is fetched.
    a.kernel_bytes = std::min(a.kernel_bytes, ceil_div(layer.weight_bytes, layer.kernels));
    a.pixels = std::uint64_t{layer.out_width} * layer.out_height * layer.batches;
    return a;
}

std::uint64_t weight_capacity(const ConvLayer& layer, const HardwareConfig& config) {
    return std::uint64_t{layer.weight_banks} * config.cbuf.entries_per_bank *
           config.cbuf.entry_bytes;
}

}  // namespace dla::csc
