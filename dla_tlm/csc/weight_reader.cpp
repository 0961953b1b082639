// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/weight_reader.hpp"

#include <algorithm>

#include "dla_tlm/csc/layout.hpp"
#include "dla_tlm/csc/weight_stream.hpp"

namespace dla::csc {
namespace {

std::size_t whole_entries(std::size_t bytes, std::size_t entry) {
    return (bytes + entry - 1) / entry * entry;
}

}  // namespace

void WeightReader::reset() {
    forget_kept();
    ends_.clear();
}

void WeightReader::forget_kept() {
    kept_ = 0;
    kept_masks_ = 0;
}

void WeightReader::visit_state(StateVisitor& state) {
    state.numbers("weight group ends", ends_);
    state.value("kept weights", kept_);
    state.value("kept masks", kept_masks_);
}

std::uint64_t WeightReader::first_element(unsigned group) const {
    return std::min(std::uint64_t{group} * op_.kernel_group, std::uint64_t{op_.kernels}) *
           op_.kernel_elements();
}

void WeightReader::begin_layer(const ConvOp& op, std::span<const std::uint32_t> group_bytes) {
    op_ = op;
    if (!op.weight_reuse) {
        cbuf_.weights().release(kept_);
        cbuf_.masks().release(kept_masks_);
    }
    forget_kept();
    released_ = 0;
    masks_released_ = 0;
    // A reused compressed stream has the group sizes of the layer that fetched it.
    if (op.compressed && op.weight_reuse) return;
    ends_.resize(op.kernel_groups());
    std::size_t end = 0;
    for (unsigned group = 0; group < op.kernel_groups(); ++group) {
        end += op.compressed ? group_bytes[group]
                             : op.group_kernels(group) * op.kernel_elements() * op.element_bytes();
        ends_[group] = end;
    }
}

unsigned WeightReader::present(unsigned first, unsigned most) const {
    const std::size_t weights = released_ + cbuf_.weights().available();
    const std::size_t masks = masks_released_ + cbuf_.masks().available();
    unsigned count = 0;
    while (count < most && first + count < ends_.size()) {
        const unsigned group = first + count;
        if (ends_[group] > weights) break;
        if (op_.compressed && (first_element(group + 1) + 7) / 8 > masks) break;
        ++count;
    }
    return count;
}

std::span<const std::byte> WeightReader::read(GroupRange groups) {
    if (op_.compressed) return decompressed(groups);
    const std::size_t begin = begin_of(groups.first);
    const std::size_t end = ends_[groups.first + groups.count - 1];
    return std::as_bytes(cbuf_.weights().view(begin - released_, end - begin));
}

std::span<const std::byte> WeightReader::decompressed(GroupRange groups) {
    const std::uint64_t first = first_element(groups.first);
    const std::uint64_t last = first_element(groups.first + groups.count);
    plain_.resize((last - first) * op_.element_bytes());
    const std::size_t mask_begin = first / 8;
    const auto masks = std::as_bytes(
        cbuf_.masks().view(mask_begin - masks_released_, (last + 7) / 8 - mask_begin));
    std::span<std::byte> rest = plain_;
    for (unsigned g = groups.first; g < groups.first + groups.count; ++g) {
        const auto stored =
            std::as_bytes(cbuf_.weights().view(begin_of(g) - released_, bytes_of(g)));
        const std::size_t size = (first_element(g + 1) - first_element(g)) * op_.element_bytes();
        decompress(masks, first_element(g) - 8 * mask_begin, stored, rest.first(size),
                   op_.element_bytes());
        rest = rest.subspan(size);
    }
    return plain_;
}

void WeightReader::release(unsigned group) {
    if (op_.skip_weight_release) return;
    cbuf_.weights().release(ends_[group] - released_);
    released_ = ends_[group];
    if (!op_.compressed) return;
    const std::size_t masks = first_element(group + 1) / 8;
    cbuf_.masks().release(masks - masks_released_);
    masks_released_ = masks;
}

// What CDMA put into a layer's last entries is gone with them; whole entries beyond stay and come
// first in the next layer.
void WeightReader::end_layer() {
    const std::size_t entry = cbuf_.entry_bytes();
    const std::size_t used = whole_entries(ends_.back(), entry);
    const std::size_t used_masks =
        op_.compressed ? whole_entries((first_element(op_.kernel_groups()) + 7) / 8, entry) : 0;
    if (op_.skip_weight_release) {
        kept_ = used;
        kept_masks_ = used_masks;
        return;
    }
    cbuf_.weights().release(used - released_);
    cbuf_.masks().release(used_masks - masks_released_);
}

}  // namespace dla::csc
