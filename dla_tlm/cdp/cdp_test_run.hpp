// SPDX-License-Identifier: Apache-2.0
// One row of pixels through a kernel, for tests of the kernels.
#pragma once

#include <cstring>
#include <vector>

#include "dla_tlm/cdp/cdp_kernel.hpp"

namespace dla::cdp {

using Bytes = std::vector<std::uint8_t>;

struct Outputs {
    Bytes atoms;  // surface after surface
    CdpCounts counts;

    bool operator==(const Outputs&) const = default;
};

inline Outputs run(decltype(&normalize) kernel, const CdpOp& op, const lut::Tables& tables,
                   const Bytes& src) {
    const std::size_t surface = std::size_t{op.width} * op.atom_bytes;
    Outputs result{Bytes(src.size(), 0xa5), {}};
    kernel(op, tables, {src.data(), surface}, op.width, result.atoms.data(), surface,
           result.counts);
    return result;
}

template <class T>
std::vector<T> elements(const Bytes& bytes, std::size_t count) {
    std::vector<T> values(count);
    std::memcpy(values.data(), bytes.data(), count * sizeof(T));
    return values;
}

template <class T>
Bytes atom_of(const std::vector<T>& values, unsigned atom_bytes) {
    Bytes bytes(atom_bytes);
    std::memcpy(bytes.data(), values.data(), values.size() * sizeof(T));
    return bytes;
}

// Length 3, LO alone with START 0 and intervals of 16, no scaling but the output shift.
inline CdpOp plain_op() {
    CdpOp op;
    op.atom_bytes = 8;
    op.channels = 3;
    op.count_lut = true;
    op.lut.le.start = std::int64_t{1} << 30;  // LE never hits
    op.lut.lo_select = 4;
    op.lut.lo.end = 256 * 16;
    return op;
}

}  // namespace dla::cdp
