// SPDX-License-Identifier: Apache-2.0
#include "vp/inject/injector.hpp"

#include <fmt/format.h>
#include <sysc/kernel/sc_spawn.h>

#include <algorithm>
#include <cmath>

#include "dla_tlm/lut/lut_memory.hpp"

namespace dla::vp::inject {
namespace {

constexpr double kFarAway = 1e15;  // cycles

std::uint64_t draw(trace::Random& random, Range range) {
    const std::uint64_t count = range.last - range.first + 1;
    return range.first + (count == 0 ? random.next() : random.next() % count);
}

unsigned draw(trace::Random& random, const FlipSpec& spec, std::string_view key, unsigned count) {
    return static_cast<unsigned>(draw(random, spec.number(key, {0, count - 1})));
}

// Cycles to the next flip where each cycle has one with this probability.
std::uint64_t draw_gap(trace::Random& random, double rate) {
    constexpr unsigned kUnusedBits = 11;
    const double u = std::ldexp(static_cast<double>((random.next() >> kUnusedBits) + 1), -53);
    const double gap = rate < 1 ? std::ceil(std::log(u) / std::log1p(-rate)) : 1;
    return static_cast<std::uint64_t>(std::clamp(gap, 1.0, kFarAway));
}

// Independent of how many specs there are in front.
std::uint64_t seed_of(std::uint64_t seed, std::size_t index) {
    trace::Random random(seed ^ (0x632be59bd9b4e019u * (index + 1)));
    return random.next();
}

}  // namespace

Injector::Injector(Dla& dla, std::vector<FlipSpec> specs, InjectorOptions options)
    : dla_(dla), options_(std::move(options)) {
    for (FlipSpec& spec : specs) {
        const std::uint64_t seed = seed_of(options_.seed, sources_.size());
        sources_.push_back({.spec = std::move(spec), .random = trace::Random(seed)});
        Source& source = sources_.back();
        if (source.spec.place == Place::kRegister)
            source.bits = register_bits(source.spec, dla.config());
    }
    for (Source& source : sources_)
        sc_core::sc_spawn([this, &source] { run(source); }, sc_core::sc_gen_unique_name("inject"));
}

void Injector::run(Source& source) {
    const FlipSpec& spec = source.spec;
    if (spec.rate == 0) {
        if (wait_for(draw(source.random, *spec.at))) flip(source);
        return;
    }
    std::uint64_t cycle = spec.at ? spec.at->first : dla_.clock().now();
    for (;;) {
        cycle += draw_gap(source.random, spec.rate);
        if (static_cast<double>(cycle) > kFarAway || (spec.at && cycle > spec.at->last)) return;
        if (wait_for(cycle)) flip(source);
    }
}

// False: the run began behind it. Not by the DLA's clock, whose waits count as its movement.
bool Injector::wait_for(std::uint64_t cycle) {
    const sc_core::sc_time target = dla_.clock().at(cycle);
    if (target < sc_core::sc_time_stamp()) return false;
    if (target > sc_core::sc_time_stamp()) sc_core::wait(target - sc_core::sc_time_stamp());
    return true;
}

void Injector::flip(Source& source) {
    flips_.push_back(flip_any(source));
    if (options_.told) options_.told(flips_.back());
}

Flip Injector::flip_any(Source& source) {
    const FlipSpec& spec = source.spec;
    trace::Random& random = source.random;
    switch (spec.place) {
        case Place::kRegister:
            return flip_register(dla_, source.bits[draw(random, {0, source.bits.size() - 1})]);
        case Place::kTable:
            return flip_any_table(source);
        case Place::kCbuf: {
            const CbufGeometry& geometry = dla_.conv_buffer().geometry();
            const unsigned bank = draw(random, spec, "bank", geometry.banks);
            const unsigned entry = draw(random, spec, "entry", geometry.entries_per_bank);
            const unsigned byte = draw(random, spec, "byte", geometry.entry_bytes);
            return flip_cbuf(dla_, {bank, entry, byte, draw(random, spec, "bit", 8)});
        }
        case Place::kAccumulator:
            return flip_any_sum(source);
        case Place::kMemory:
        case Place::kSecondMemory:
            break;
    }
    return flip_any_memory(source, spec.place == Place::kSecondMemory);
}

Flip Injector::flip_any_table(Source& source) {
    const FlipSpec& spec = source.spec;
    const bool only_cdp = !dla_.config().features.sdp_lut;
    const bool cdp = draw(source.random, {0, 1}) == 1;
    const std::uint64_t place = draw(source.random, {0, lut::kLeEntries + lut::kLoEntries - 1});
    TableBit bit{.unit = spec.unit, .lo = spec.name == "LO", .entry = 0, .bit = 0};
    if (bit.unit.empty()) bit.unit = cdp || only_cdp ? "CDP" : "SDP";
    const auto given = spec.numbers.find("entry");
    if (spec.name.empty()) {
        // An entry beyond LE's can only be of LO.
        bit.lo = place >= lut::kLeEntries ||
                 (given != spec.numbers.end() && given->second.last >= lut::kLeEntries);
    }
    bit.entry = draw(source.random, spec, "entry", bit.lo ? lut::kLoEntries : lut::kLeEntries);
    bit.bit = draw(source.random, spec, "bit", 16);
    return flip_table(dla_, bit);
}

Flip Injector::flip_any_sum(Source& source) {
    const SumsInside inside = sums_inside(dla_);
    const auto missed = [&](std::string why) {
        Flip flip;
        flip.cycle = dla_.clock().now();
        flip.unit = "CACC";
        flip.missed = std::move(why);
        return flip;
    };
    if (inside.pixels == 0) return missed("CACC holds no sums at this cycle");
    const unsigned pixel = draw(source.random, source.spec, "pixel", inside.pixels);
    const unsigned kernel = draw(source.random, source.spec, "kernel", inside.kernels);
    const unsigned bit = draw(source.random, source.spec, "bit", inside.bits);
    if (pixel >= inside.pixels || kernel >= inside.kernels || bit >= inside.bits)
        return missed(
            fmt::format("pixel {} kernel {} bit {}: CACC holds {} pixels of {} kernels, {} bits "
                        "wide, at this cycle",
                        pixel, kernel, bit, inside.pixels, inside.kernels, inside.bits));
    return flip_sum(dla_, pixel, kernel, bit);
}

Flip Injector::flip_any_memory(Source& source, bool second) {
    const FlipSpec& spec = source.spec;
    const unsigned bit = draw(source.random, spec, "bit", 8);
    const auto given = spec.numbers.find("address");
    if (given != spec.numbers.end())
        return flip_memory(dla_, second, draw(source.random, given->second), bit);
    // Looking for what is in use takes long; it grows slowly.
    const std::uint64_t now = dla_.clock().now();
    if (options_.used && (source.stretches.empty() || now > 2 * source.looked_at)) {
        source.stretches = options_.used(second);
        source.looked_at = now;
    }
    std::uint64_t bytes = 0;
    for (const Stretch& stretch : source.stretches)
        bytes += stretch.bytes;
    if (bytes == 0) {
        Flip flip;
        flip.cycle = now;
        flip.unit = second ? "CVSRAM" : "DRAM";
        flip.missed = "nothing but zeros in the memory";
        return flip;
    }
    std::uint64_t offset = draw(source.random, {0, bytes - 1});
    for (const Stretch& stretch : source.stretches) {
        if (offset < stretch.bytes) return flip_memory(dla_, second, stretch.address + offset, bit);
        offset -= stretch.bytes;
    }
    return {};
}

}  // namespace dla::vp::inject
