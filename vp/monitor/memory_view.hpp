// SPDX-License-Identifier: Apache-2.0
// Memory behind the DLA's ports, raw and as cubes, and CBUF.
//
//   show_memory(dla, {"0xc0000000", "64"})                      hex dump
//   show_memory(dla, {"cube", "SDP", "dst"})                    what SDP writes, from its registers
//   show_memory(dla, {"cube", "0xc0000000", "8x8x16", "int8"})  dense, or with line= and surface=
//   show_cbuf(dla, {"3"})                                       bank 3
#pragma once

#include "dla_tlm/core/dla.hpp"
#include "vp/monitor/reply.hpp"

namespace dla::vp::monitor {

Result<Reply> show_memory(Dla& dla, Words words);
Result<Reply> show_cbuf(Dla& dla, Words words);

// A copy of memory as the DLA sees it, without simulated time.
Result<std::vector<std::uint8_t>> read_memory(Dla& dla, Ram ram, std::uint64_t address,
                                              std::uint64_t size);

}  // namespace dla::vp::monitor
