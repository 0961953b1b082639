// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/rubik/rubik_kernel.hpp"

#include <algorithm>
#include <cstring>

namespace dla::rubik {
namespace {

// Elements of T, src_step and dst_step bytes apart.
template <class T>
void move_elements(const std::uint8_t* src, std::size_t src_step, std::uint8_t* dst,
                   std::size_t dst_step, unsigned count) {
    for (unsigned i = 0; i < count; ++i)
        std::memcpy(dst + i * dst_step, src + i * src_step, sizeof(T));
}

void move(const RubikOp& op, const std::uint8_t* src, std::size_t src_step, std::uint8_t* dst,
          std::size_t dst_step) {
    const auto run =
        op.element_bytes == 1 ? move_elements<std::uint8_t> : move_elements<std::uint16_t>;
    run(src, src_step, dst, dst_step, op.width);
}

}  // namespace

void spread_atoms(const RubikOp& op, std::span<const std::uint8_t> src, unsigned phase,
                  std::span<std::uint8_t> dst) {
    const std::size_t atom = op.atom_bytes;
    for (std::size_t x = 0; x < src.size() / atom; ++x)
        std::memcpy(&dst[(x * op.stride_x + phase) * atom], &src[x * atom], atom);
}

void extract_plane(const RubikOp& op, std::span<const std::uint8_t> atoms, unsigned lane,
                   std::span<std::uint8_t> plane_line) {
    move(op, &atoms[std::size_t{lane} * op.element_bytes], op.atom_bytes, plane_line.data(),
         op.element_bytes);
    std::ranges::fill(plane_line.subspan(std::size_t{op.width} * op.element_bytes),
                      std::uint8_t{0});
}

void insert_plane(const RubikOp& op, std::span<const std::uint8_t> plane_line, unsigned lane,
                  std::span<std::uint8_t> atoms) {
    move(op, plane_line.data(), op.element_bytes, &atoms[std::size_t{lane} * op.element_bytes],
         op.atom_bytes);
}

}  // namespace dla::rubik
