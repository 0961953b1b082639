// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/cube.hpp"

#include <fmt/format.h>

namespace dla {

std::string why_not(const CubePlace& place, const CubeExtent& extent, const HardwareConfig& config,
                    const char* registers) {
    const unsigned atom = config.memory_atom_bytes;
    if (place.ram == Ram::kSecondary && !config.features.second_memory) {
        return fmt::format("{}: RAM_TYPE is 0 (second memory), but {} has none; legal: 1",
                           registers, config.name);
    }
    if (place.base % atom != 0) {
        return fmt::format("{}_BASE_ADDR is {:#x}; legal: a multiple of the {}-byte atom",
                           registers, place.base, atom);
    }
    const std::uint64_t line_bytes = std::uint64_t{extent.width} * atom;
    const std::uint64_t surface_bytes =
        (extent.height - 1) * std::uint64_t{place.line_stride} + line_bytes;
    if (extent.height > 1 && (place.line_stride % atom != 0 || place.line_stride < line_bytes)) {
        return fmt::format("{}_LINE_STRIDE is {:#x}; legal: multiples of {} from {:#x} ({} atoms)",
                           registers, place.line_stride, atom, line_bytes, extent.width);
    }
    if (extent.surfaces > 1 &&
        (place.surface_stride % atom != 0 || place.surface_stride < surface_bytes)) {
        return fmt::format(
            "{}_SURFACE_STRIDE is {:#x}; legal: multiples of {} from {:#x} ({} lines)", registers,
            place.surface_stride, atom, surface_bytes, extent.height);
    }
    return "";
}

}  // namespace dla
