// SPDX-License-Identifier: Apache-2.0
// One BDMA operation: copies surfaces of lines between memories. spec: bdma-rubik.md part A.
#pragma once

#include <cstdint>

#include "dla_tlm/common/memory_access.hpp"

namespace dla::bdma {

struct BdmaOp {
    std::uint64_t source;
    std::uint64_t destination;
    Ram source_ram;
    Ram destination_ram;
    std::uint32_t line_bytes;
    std::uint32_t lines;
    std::uint32_t surfaces;
    std::uint32_t source_line_stride;
    std::uint32_t destination_line_stride;
    std::uint32_t source_surface_stride;
    std::uint32_t destination_surface_stride;

    std::uint64_t bytes() const { return std::uint64_t{line_bytes} * lines * surfaces; }
};

}  // namespace dla::bdma
