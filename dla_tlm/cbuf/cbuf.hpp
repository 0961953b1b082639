// SPDX-License-Identifier: Apache-2.0
// The convolution buffer: real storage in banks with a circular data region, a circular weight
// region behind it and, for the masks of compressed weights, the last bank. Content stays until it
// is released, overwritten or the layout changes, as reuse between layers needs it.
// spec: conv-pipeline.md sections 4 and 5.
//
//   Cbuf cbuf(config.cbuf);
//   cbuf.set_layout({.data_banks = 4, .weight_banks = 12});
//   std::span<std::uint8_t> place = cbuf.data().open(entries);     // CDMA: fill it, then
//   cbuf.data().close(layer);
//   auto line = cbuf.data().slice(0);                              // CSC: oldest slice
//   cbuf.data().release(1);
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/state_visitor.hpp"

namespace dla::cbuf {

// Slices of whole entries, oldest first.
class DataRegion {
  public:
    // Empties the region; its content is lost.
    void reset(std::span<std::uint8_t> storage, unsigned entry_bytes);

    std::size_t capacity() const { return storage_.size() / entry_bytes_; }
    std::size_t free_entries() const { return capacity() - used_; }

    // Room for the next slice, which must fit; to be filled before close(), or where it lies in
    // place, before anybody looks at it.
    std::span<std::uint8_t> open(unsigned entries);
    // Whether it will be the place itself: no slice that runs over the region's end.
    bool next_in_place(unsigned entries) const { return !wraps({next_, entries, 0}); }
    // layer: number of the layer that the slice belongs to, rising.
    void close(std::uint64_t layer);

    std::size_t slices() const { return slices_.size(); }
    // Bytes of a slice in one piece; valid until the next call for a slice or any change.
    std::span<const std::uint8_t> slice(std::size_t index);

    void release(std::size_t count);
    // Slices of layers before this one.
    void release_before(std::uint64_t layer);

    void visit_state(StateVisitor& state);

  private:
    struct Place {
        std::size_t first;  // entry
        unsigned entries;
        std::uint64_t layer;
    };
    bool wraps(const Place& place) const { return place.first + place.entries > capacity(); }

    std::span<std::uint8_t> storage_;
    unsigned entry_bytes_ = 1;
    std::deque<Place> slices_;
    Place open_{};
    std::size_t next_ = 0;  // entry behind the newest slice
    std::size_t used_ = 0;
    std::vector<std::uint8_t> unwrapped_;  // a slice that runs over the region's end
    std::vector<std::uint8_t> building_;
};

// Bytes in the order of their arrival: weights, masks.
class StreamRegion {
  public:
    void reset(std::span<std::uint8_t> storage);

    std::size_t capacity() const { return storage_.size(); }
    std::size_t available() const { return used_; }
    std::size_t free_bytes() const { return capacity() - used_; }

    // Room for the next bytes in one piece, at most `most` and what is free; empty if nothing is.
    // To be filled before append().
    std::span<std::uint8_t> room(std::size_t most);
    void append(std::size_t bytes) { used_ += bytes; }
    // `size` bytes from `offset` behind the oldest one, which must be there; in one piece, valid
    // until the next call.
    std::span<const std::uint8_t> view(std::size_t offset, std::size_t size);
    void release(std::size_t bytes);

    // name: which stream, in messages.
    void visit_state(std::string_view name, StateVisitor& state);

  private:
    std::span<std::uint8_t> storage_;
    std::size_t first_ = 0;
    std::size_t used_ = 0;
    std::vector<std::uint8_t> unwrapped_;
};

// Content survives from layer to layer only while this stays the same.
struct Layout {
    unsigned data_banks = 0;
    unsigned weight_banks = 0;
    bool winograd = false;
    bool image = false;
    bool operator==(const Layout&) const = default;
};

class Cbuf {
  public:
    explicit Cbuf(const CbufGeometry& geometry);
    Cbuf(const Cbuf&) = delete;
    Cbuf& operator=(const Cbuf&) = delete;

    // Power-on: all zero, no layout.
    void flush();

    const Layout& layout() const { return layout_; }
    // Both pointers back to the start of their regions. The banks must fit.
    void set_layout(const Layout& layout);

    DataRegion& data() { return data_; }
    StreamRegion& weights() { return weights_; }
    StreamRegion& masks() { return masks_; }  // shares the last bank with nobody
    unsigned entry_bytes() const { return geometry_.entry_bytes; }

    // Layout, contents and what of them is in use.
    void visit_state(StateVisitor& state);

    // For debuggers: all banks in a row, and what of them is in use.
    const CbufGeometry& geometry() const { return geometry_; }
    std::span<const std::uint8_t> content() const { return storage_; }
    const DataRegion& data() const { return data_; }
    const StreamRegion& weights() const { return weights_; }
    const StreamRegion& masks() const { return masks_; }

  private:
    std::span<std::uint8_t> banks(unsigned first, unsigned count);

    CbufGeometry geometry_;
    std::vector<std::uint8_t> storage_;
    Layout layout_;
    DataRegion data_;
    StreamRegion weights_;
    StreamRegion masks_;
};

}  // namespace dla::cbuf
