// SPDX-License-Identifier: Apache-2.0
// CSC's side of the weight banks: where the weights (and masks) of a layer's kernel groups lie,
// plain or compressed, and what is released when. spec: conv-pipeline.md section 5, data-formats.md
// section 7.
//
//   reader.begin_layer(op, group_bytes);
//   if (reader.present({0, 2})) panel.load(op, input, {0, 2}, reader.read({0, 2}));
//   reader.release(0); reader.release(1);
//   reader.end_layer();
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dla_tlm/cbuf/cbuf.hpp"
#include "dla_tlm/csc/conv_op.hpp"
#include "dla_tlm/csc/weight_panel.hpp"

namespace dla::csc {

class WeightReader {
  public:
    explicit WeightReader(cbuf::Cbuf& cbuf) : cbuf_(cbuf) {}

    void reset();
    // group_bytes: compressed layers, stored bytes of each group.
    void begin_layer(const ConvOp& op, std::span<const std::uint32_t> group_bytes);
    // Groups from `first` on whose weights are all in CBUF, at most `most`.
    unsigned present(unsigned first, unsigned most) const;
    // Their uncompressed stream; valid until the next call. Groups in front have been read.
    std::span<const std::byte> read(GroupRange groups);
    // The group has been used.
    void release(unsigned group);
    void end_layer();
    // The layout changed: nothing is kept.
    void forget_kept();

    // Between layers.
    void visit_state(StateVisitor& state);

    // Stored bytes of the layer up to and with the group.
    std::size_t end_of(unsigned group) const { return ends_[group]; }
    std::size_t bytes_of(unsigned group) const { return ends_[group] - begin_of(group); }

  private:
    std::size_t begin_of(unsigned group) const { return group == 0 ? 0 : ends_[group - 1]; }
    std::uint64_t first_element(unsigned group) const;
    std::span<const std::byte> decompressed(GroupRange groups);

    cbuf::Cbuf& cbuf_;
    ConvOp op_{};
    std::vector<std::size_t> ends_;  // stored bytes of the layer up to and with each group
    std::size_t released_ = 0;       // of this layer's bytes
    std::size_t masks_released_ = 0;
    std::size_t kept_ = 0;  // bytes of the layer before, whole entries
    std::size_t kept_masks_ = 0;
    std::vector<std::byte> plain_;
};

}  // namespace dla::csc
