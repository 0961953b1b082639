// SPDX-License-Identifier: Apache-2.0
#include "vp/inject/flips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "dla_tlm/cacc/cacc_unit.hpp"
#include "dla_tlm/lut/lut_memory.hpp"

namespace dla::vp::inject {
namespace {

constexpr std::size_t kPointers = 4;  // producer, consumer, enabled 0 and 1

// A unit's state with one bit of it changed on the way.
class FlippingVisitor : public StateVisitor {
  public:
    // index: of the word or byte; both: every word of the item is a copy of one register.
    FlippingVisitor(std::string item, std::size_t words, std::size_t index, unsigned bit, bool both)
        : item_(std::move(item)), words_(words), index_(index), bit_(bit), both_(both) {}

    void words(std::string_view name, std::span<std::uint64_t> words) override {
        if (name == item_ && words.size() == words_ && !done_) flip(words);
        if (name == "pointers" && pointer_) words[*pointer_] ^= 1u;
    }
    void list(std::string_view /*name*/, std::vector<std::uint64_t>& /*words*/) override {}
    void bytes(std::string_view name, std::span<std::uint8_t> bytes) override {
        if (name != item_ || index_ >= bytes.size() || done_) return;
        before_ = bytes[index_];
        bytes[index_] ^= static_cast<std::uint8_t>(1u << bit_);
        after_ = bytes[index_];
        done_ = true;
    }

    // The pointer word that changes with the register.
    void also_pointer(std::size_t index) { pointer_ = index; }
    void fill(Flip& flip) const {
        flip.before = before_;
        flip.after = after_;
    }

  private:
    void flip(std::span<std::uint64_t> words) {
        before_ = words[index_];
        for (std::size_t i = 0; i < words.size(); ++i)
            if (i == index_ || both_) words[i] ^= std::uint64_t{1} << bit_;
        after_ = words[index_];
        done_ = true;
    }

    std::string item_;
    std::size_t words_;
    std::size_t index_;
    unsigned bit_;
    bool both_;
    std::optional<std::size_t> pointer_;
    bool done_ = false;
    std::uint64_t before_ = 0;
    std::uint64_t after_ = 0;
};

cacc::CaccUnit* cacc_of(Dla& dla) {
    return dynamic_cast<cacc::CaccUnit*>(dla.unit("CACC"));
}

// As a two's complement pattern of so many bits.
std::uint64_t pattern(std::int64_t value, unsigned bits) {
    return static_cast<std::uint64_t>(value) & ((std::uint64_t{1} << bits) - 1);
}

std::int64_t from_pattern(std::uint64_t word, unsigned bits) {
    const unsigned unused = 64 - bits;
    return static_cast<std::int64_t>(word << unused) >> unused;
}

// The sums with room for any value; other chunks keep theirs.
std::shared_ptr<cmac::MacSums> wide_copy(const cmac::MacSums& sums) {
    auto copy = std::make_shared<cmac::MacSums>();
    copy->fp32 = sums.fp32;
    const cacc::Accumulators& from = sums.integers;
    if (from.pixels() == 0) return copy;
    copy->integers.resize(from.pixels(), from.kernels(), true);
    for (std::size_t pixel = 0; pixel < from.pixels(); ++pixel)
        for (std::size_t kernel = 0; kernel < from.kernels(); ++kernel)
            copy->integers.wide(pixel)[kernel] = from.value(pixel, kernel);
    return copy;
}

Flip begin(Dla& dla, std::string unit, std::string where, unsigned bit) {
    Flip flip;
    flip.cycle = dla.clock().now();
    flip.unit = std::move(unit);
    flip.where = std::move(where);
    flip.bit = bit;
    return flip;
}

bool access(Dla& dla, bool second, std::uint64_t address, std::uint8_t& byte, bool write) {
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(&byte);
    payload.set_data_length(1);
    payload.set_streaming_width(1);
    if (second) return dla.cvsram->transport_dbg(payload) == 1;
    return dla.dbb->transport_dbg(payload) == 1;
}

}  // namespace

std::string Flip::text() const {
    if (!missed.empty())
        return fmt::format("cycle {}: {}: nothing flipped: {}", cycle, unit, missed);
    return fmt::format("cycle {}: {} bit {}: {:#x} -> {:#x}", cycle, where, bit, before, after);
}

Flip flip_register(Dla& dla, const RegisterBit& bit) {
    const std::string name = bit.info->name;
    const std::string group = bit.info->grouped ? fmt::format("[{}]", bit.group) : "";
    Flip flip =
        begin(dla, bit.unit->name, fmt::format("{}.{}{}", bit.unit->name, name, group), bit.bit);
    Unit& unit = *dla.unit(bit.unit->name);
    if (name == "S_POINTER") {
        FlippingVisitor visitor("pointers", kPointers, bit.bit == 0 ? 0 : 1, 0, false);
        unit.Unit::visit_state(visitor);
        visitor.fill(flip);
    } else if (&unit == &dla.glb() && name == "S_INTR_STATUS") {
        FlippingVisitor visitor(name, 1, 0, bit.bit, false);
        unit.visit_state(visitor);
        visitor.fill(flip);
    } else {
        FlippingVisitor visitor(name, 2, bit.group, bit.bit, !bit.info->grouped);
        if (name == "D_OP_ENABLE") visitor.also_pointer(2 + bit.group);
        unit.Unit::visit_state(visitor);
        visitor.fill(flip);
    }
    return flip;
}

Flip flip_table(Dla& dla, const TableBit& bit) {
    Flip flip = begin(
        dla, bit.unit,
        fmt::format("{} table {} entry {}", bit.unit, bit.lo ? "LO" : "LE", bit.entry), bit.bit);
    const std::size_t index = bit.entry + (bit.lo ? lut::kLeEntries : 0);
    FlippingVisitor visitor("LUT", lut::LutMemory::kStateWords, index, bit.bit, false);
    dla.unit(bit.unit)->visit_state(visitor);
    visitor.fill(flip);
    return flip;
}

Flip flip_cbuf(Dla& dla, const CbufBit& bit) {
    const CbufGeometry& geometry = dla.conv_buffer().geometry();
    Flip flip =
        begin(dla, "CBUF",
              fmt::format("CBUF bank {} entry {} byte {}", bit.bank, bit.entry, bit.byte), bit.bit);
    const std::size_t entry = std::size_t{bit.bank} * geometry.entries_per_bank + bit.entry;
    FlippingVisitor visitor("CBUF", 0, entry * geometry.entry_bytes + bit.byte, bit.bit, false);
    dla.unit("CDMA")->visit_state(visitor);
    visitor.fill(flip);
    return flip;
}

SumsInside sums_inside(Dla& dla) {
    const cmac::MacChunk* chunk = cacc_of(dla)->assembly();
    if (chunk == nullptr) return {};
    const unsigned pixels = chunk->lines * chunk->width;
    if (chunk->precision == Precision::kFp16) {
        const auto lanes = static_cast<unsigned>(chunk->sums->fp32.size() / pixels);
        return {pixels, lanes, 32};
    }
    const bool bytes = chunk->precision == Precision::kInt8;
    const unsigned lanes = dla.config().elements_per_atom(chunk->precision);
    const auto rest = static_cast<unsigned>(chunk->sums->integers.kernels()) - chunk->first_kernel;
    return {pixels, std::min(lanes, rest), bytes ? 34u : 48u};
}

Flip flip_sum(Dla& dla, unsigned pixel, unsigned kernel, unsigned bit) {
    cmac::MacChunk& chunk = *cacc_of(dla)->assembly();
    const SumsInside inside = sums_inside(dla);
    Flip flip =
        begin(dla, "CACC",
              fmt::format("CACC sum of surface {} line {} column {} kernel {}", chunk.surface,
                          chunk.first_line + pixel / chunk.width, pixel % chunk.width, kernel),
              bit);
    const auto copy = wide_copy(*chunk.sums);
    if (chunk.precision == Precision::kFp16) {
        std::int32_t& value = copy->fp32[pixel * inside.kernels + kernel];
        flip.before = static_cast<std::uint32_t>(value);
        flip.after = flip.before ^ (std::uint64_t{1} << bit);
        value = static_cast<std::int32_t>(flip.after);
    } else {
        std::int64_t& value = copy->integers.wide(pixel)[chunk.first_kernel + kernel];
        flip.before = pattern(value, inside.bits);
        flip.after = flip.before ^ (std::uint64_t{1} << bit);
        value = from_pattern(flip.after, inside.bits);
    }
    chunk.sums = copy;
    return flip;
}

Flip flip_memory(Dla& dla, bool second, std::uint64_t address, unsigned bit) {
    const char* unit = second ? "CVSRAM" : "DRAM";
    Flip flip = begin(dla, unit, fmt::format("{} {:#x}", unit, address), bit);
    std::uint8_t byte = 0;
    if (!access(dla, second, address, byte, false)) {
        flip.missed = fmt::format("no memory answers at {:#x}", address);
        return flip;
    }
    flip.before = byte;
    byte ^= static_cast<std::uint8_t>(1u << bit);
    flip.after = byte;
    access(dla, second, address, byte, true);
    return flip;
}

}  // namespace dla::vp::inject
