// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cbuf/cbuf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace dla::cbuf {
namespace {

// Circular copies; the piece at the end first.
void copy_in(std::span<std::uint8_t> ring, std::size_t at, std::span<const std::uint8_t> bytes) {
    const std::size_t first = std::min(bytes.size(), ring.size() - at);
    std::copy_n(bytes.begin(), first, ring.begin() + static_cast<std::ptrdiff_t>(at));
    std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end(), ring.begin());
}

std::span<const std::uint8_t> copy_out(std::span<const std::uint8_t> ring, std::size_t at,
                                       std::size_t size, std::vector<std::uint8_t>& unwrapped) {
    if (at + size <= ring.size()) return ring.subspan(at, size);
    const std::size_t first = ring.size() - at;
    unwrapped.resize(size);
    std::copy_n(ring.begin() + static_cast<std::ptrdiff_t>(at), first, unwrapped.begin());
    std::copy_n(ring.begin(), size - first, unwrapped.begin() + static_cast<std::ptrdiff_t>(first));
    return unwrapped;
}

}  // namespace

void DataRegion::reset(std::span<std::uint8_t> storage, unsigned entry_bytes) {
    storage_ = storage;
    entry_bytes_ = entry_bytes;
    slices_.clear();
    next_ = 0;
    used_ = 0;
}

std::span<std::uint8_t> DataRegion::open(unsigned entries) {
    open_.first = next_;
    open_.entries = entries;
    const std::size_t size = std::size_t{entries} * entry_bytes_;
    if (!wraps(open_)) return storage_.subspan(next_ * entry_bytes_, size);
    building_.resize(size);
    return building_;
}

void DataRegion::close(std::uint64_t layer) {
    open_.layer = layer;
    if (wraps(open_)) copy_in(storage_, open_.first * entry_bytes_, building_);
    slices_.push_back(open_);
    next_ = (open_.first + open_.entries) % capacity();
    used_ += open_.entries;
}

std::span<const std::uint8_t> DataRegion::slice(std::size_t index) {
    const Place& place = slices_[index];
    return copy_out(storage_, place.first * entry_bytes_, std::size_t{place.entries} * entry_bytes_,
                    unwrapped_);
}

void DataRegion::release(std::size_t count) {
    for (std::size_t i = 0; i < count && !slices_.empty(); ++i) {
        used_ -= slices_.front().entries;
        slices_.pop_front();
    }
}

void DataRegion::release_before(std::uint64_t layer) {
    while (!slices_.empty() && slices_.front().layer < layer)
        release(1);
}

void DataRegion::visit_state(StateVisitor& state) {
    std::vector<std::uint64_t> places;
    for (const Place& place : slices_)
        places.insert(places.end(), {place.first, place.entries, place.layer});
    state.list("CBUF data slices", places);
    slices_.clear();
    for (std::size_t i = 0; i + 2 < places.size(); i += 3)
        slices_.push_back({places[i], static_cast<unsigned>(places[i + 1]), places[i + 2]});
    state.value("CBUF data next", next_);
    state.value("CBUF data used", used_);
}

void StreamRegion::reset(std::span<std::uint8_t> storage) {
    storage_ = storage;
    first_ = 0;
    used_ = 0;
}

std::span<std::uint8_t> StreamRegion::room(std::size_t most) {
    const std::size_t size = std::min(most, free_bytes());
    if (size == 0) return {};
    const std::size_t at = (first_ + used_) % capacity();
    return storage_.subspan(at, std::min(size, capacity() - at));
}

std::span<const std::uint8_t> StreamRegion::view(std::size_t offset, std::size_t size) {
    if (size == 0) return {};
    return copy_out(storage_, (first_ + offset) % capacity(), size, unwrapped_);
}

void StreamRegion::release(std::size_t bytes) {
    const std::size_t released = std::min(bytes, used_);
    if (released == 0) return;
    first_ = (first_ + released) % capacity();
    used_ -= released;
}

void StreamRegion::visit_state(std::string_view name, StateVisitor& state) {
    state.value(fmt::format("CBUF {} first", name), first_);
    state.value(fmt::format("CBUF {} used", name), used_);
}

Cbuf::Cbuf(const CbufGeometry& geometry)
    : geometry_(geometry),
      storage_(std::size_t{geometry.banks} * geometry.entries_per_bank * geometry.entry_bytes) {}

void Cbuf::flush() {
    std::fill(storage_.begin(), storage_.end(), std::uint8_t{0});
    layout_ = {};
    data_.reset({}, geometry_.entry_bytes);
    weights_.reset({});
    masks_.reset({});
}

std::span<std::uint8_t> Cbuf::banks(unsigned first, unsigned count) {
    const std::size_t bank = std::size_t{geometry_.entries_per_bank} * geometry_.entry_bytes;
    return std::span(storage_).subspan(first * bank, count * bank);
}

void Cbuf::set_layout(const Layout& layout) {
    layout_ = layout;
    data_.reset(banks(0, layout.data_banks), geometry_.entry_bytes);
    weights_.reset(banks(layout.data_banks, layout.weight_banks));
    masks_.reset(banks(geometry_.banks - 1, 1));
}

void Cbuf::visit_state(StateVisitor& state) {
    Layout layout = layout_;
    state.value("CBUF data banks", layout.data_banks);
    state.value("CBUF weight banks", layout.weight_banks);
    state.value("CBUF Winograd", layout.winograd);
    state.value("CBUF image", layout.image);
    if (layout != layout_ && layout.data_banks + layout.weight_banks <= geometry_.banks)
        set_layout(layout);
    data_.visit_state(state);
    weights_.visit_state("weights", state);
    masks_.visit_state("masks", state);
    state.bytes("CBUF", storage_);
}

}  // namespace dla::cbuf
