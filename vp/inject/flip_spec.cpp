// SPDX-License-Identifier: Apache-2.0
#include "vp/inject/flip_spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "dla_tlm/lut/lut_memory.hpp"

namespace dla::vp::inject {
namespace {

constexpr std::uint64_t kLastCycle = 1'000'000'000'000'000;

// Keys of each place beside at and rate, in the order of Place.
const std::vector<std::string_view> kKeys[] = {{"unit", "name", "group", "bit"},
                                               {"unit", "name", "entry", "bit"},
                                               {"bank", "entry", "byte", "bit"},
                                               {"pixel", "kernel", "bit"},
                                               {"address", "bit"},
                                               {"address", "bit"}};

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
        end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end - begin));
    }
    return parts;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    const bool hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<Range> parse_range(const std::string& text) {
    const std::size_t dots = text.find("..");
    const auto first = parse_number(std::string_view(text).substr(0, dots));
    const auto last =
        dots == std::string::npos ? first : parse_number(std::string_view(text).substr(dots + 2));
    if (!first || !last || *first > *last) return std::nullopt;
    return Range{*first, *last};
}

// Made by logic or wired when read, so that there is no bit to flip.
bool is_stored(const RegisterInfo& info) {
    const std::string_view name = info.name;
    if (name == "S_STATUS" || name == "S_INTR_SET") return false;
    return info.grouped || info.write_mask != 0;
}

bool is_stored(regs::FieldAccess access) {
    using enum regs::FieldAccess;
    return access == kRw || access == kRo || access == kRwt || access == kW1c;
}

std::uint32_t stored_bits(const regs::CatalogueUnit& unit, std::size_t index,
                          const RegisterInfo& info) {
    std::uint32_t mask = 0;
    if (!is_stored(info)) return mask;
    for (const regs::FieldInfo& field : unit.fields[index])
        if (is_stored(field.access)) mask |= Field{0, field.lsb, field.width}.mask();
    return mask & (info.read_mask | info.write_mask);
}

class Parser {
  public:
    Parser(const std::string& text, const HardwareConfig& config, bool needs_time)
        : config_(config), needs_time_(needs_time) {
        spec_.text = text;
    }

    Result<FlipSpec> parse() {
        const std::vector<std::string> parts = split(spec_.text, ',');
        const auto* const place = std::ranges::find(kPlaceNames, parts[0]);
        if (place == std::end(kPlaceNames))
            return refuse(fmt::format("no place is called {}; legal are {}", parts[0],
                                      fmt::join(kPlaceNames, ", ")));
        spec_.place = static_cast<Place>(place - std::begin(kPlaceNames));
        for (std::size_t i = 1; i < parts.size(); ++i)
            if (auto taken = take(parts[i]); !taken) return tl::unexpected(taken.error());
        if (auto legal = check_time(); !legal) return tl::unexpected(legal.error());
        if (auto legal = check_place(); !legal) return tl::unexpected(legal.error());
        return spec_;
    }

  private:
    tl::unexpected<Error> refuse(const std::string& why) const {
        return fail(fmt::format("--inject {}: {}", spec_.text, why));
    }

    Result<void> take(const std::string& part) {
        const std::size_t equals = part.find('=');
        const std::string key = part.substr(0, equals);
        const auto& legal = kKeys[static_cast<unsigned>(spec_.place)];
        const bool timed = key == "at" || key == "rate";
        if (equals == std::string::npos || (!timed && std::ranges::find(legal, key) == legal.end()))
            return refuse(
                fmt::format("{} is not legal behind {}; legal are {}, at, rate, each as "
                            "KEY=VALUE",
                            part, name_of(spec_.place), fmt::join(legal, ", ")));
        const std::string value = part.substr(equals + 1);
        if (key == "unit" || key == "name") {
            (key == "unit" ? spec_.unit : spec_.name) = value;
            return {};
        }
        if (key == "rate") return take_rate(value);
        const auto range = parse_range(value);
        if (!range)
            return refuse(fmt::format("{}={} is no number and no range FIRST..LAST", key, value));
        if (key == "at")
            spec_.at = *range;
        else
            spec_.numbers.emplace(key, *range);
        return {};
    }

    Result<void> take_rate(const std::string& value) {
        char* end = nullptr;
        spec_.rate = std::strtod(value.c_str(), &end);
        if (value.empty() || *end != '\0' || !(spec_.rate > 0 && spec_.rate <= 1))
            return refuse(fmt::format(
                "rate={} is not legal; it is flips per cycle, above 0 and at most 1", value));
        return {};
    }

    Result<void> check_time() const {
        if (spec_.at && spec_.at->last > kLastCycle)
            return refuse(
                fmt::format("at={} is not legal; cycles go up to {}", spec_.at->last, kLastCycle));
        if (needs_time_ && !spec_.at && spec_.rate == 0)
            return refuse(
                "when is missing: at=CYCLE, at=FIRST..LAST for a cycle to draw, or rate=FLIPS per "
                "cycle");
        if (!needs_time_ && (spec_.at || spec_.rate != 0))
            return refuse("a campaign draws the cycle itself; leave at and rate out (--cycles)");
        return {};
    }

    Result<void> check_place() const {
        switch (spec_.place) {
            case Place::kRegister:
                return check_register();
            case Place::kTable:
                return check_table();
            case Place::kCbuf:
                return check_numbers({{"bank", {0, config_.cbuf.banks - 1}},
                                      {"entry", {0, config_.cbuf.entries_per_bank - 1}},
                                      {"byte", {0, config_.cbuf.entry_bytes - 1}},
                                      {"bit", {0, 7}}});
            case Place::kAccumulator:
                return check_numbers({{"bit", {0, config_.features.int16 ? 47u : 33u}}});
            case Place::kMemory:
                return check_numbers({{"bit", {0, 7}}});
            case Place::kSecondMemory:
                if (!config_.features.second_memory)
                    return refuse(config_.name + " has no second memory");
                return check_numbers({{"bit", {0, 7}}});
        }
        return {};
    }

    Result<void> check_numbers(const std::map<std::string, Range>& legal) const {
        for (const auto& [key, range] : legal) {
            const auto given = spec_.numbers.find(key);
            if (given != spec_.numbers.end() && given->second.last > range.last)
                return refuse(fmt::format("{} {} does not exist; legal on {} are 0..{}", key,
                                          given->second.last, config_.name, range.last));
        }
        return {};
    }

    Result<void> check_unit(const std::vector<std::string>& units) const {
        if (spec_.unit.empty() || std::ranges::find(units, spec_.unit) != units.end()) return {};
        return refuse(fmt::format("{} has no unit {} with such a place; legal are {}", config_.name,
                                  spec_.unit, fmt::join(units, ", ")));
    }

    Result<void> check_register() const {
        std::vector<std::string> units;
        for (const regs::CatalogueUnit& unit : regs::catalogue())
            if (config_.has_unit(unit.name)) units.emplace_back(unit.name);
        if (auto legal = check_unit(units); !legal) return legal;
        if (auto legal = check_numbers({{"group", {0, 1}}, {"bit", {0, 31}}}); !legal) return legal;
        if (!register_bits(spec_, config_).empty()) return {};
        FlipSpec any = spec_;
        any.numbers.clear();
        std::uint32_t mask = 0;
        for (const RegisterBit& bit : register_bits(any, config_))
            mask |= 1u << bit.bit;
        const std::string unit = spec_.unit.empty() ? "any unit" : spec_.unit;
        if (mask == 0)
            return refuse(
                fmt::format("{} of {} has no stored register {}; docs/registers has them "
                            "(S_STATUS and the like are made when read)",
                            unit, config_.name, spec_.name));
        return refuse(
            fmt::format("no such bit: the bits of {}.{} are those of 0x{:08x}, group 1 "
                        "is of D_ registers alone",
                        unit, spec_.name.empty() ? "*" : spec_.name, mask));
    }

    Result<void> check_table() const {
        std::vector<std::string> units{"CDP"};
        if (config_.features.sdp_lut) units.insert(units.begin(), "SDP");
        if (auto legal = check_unit(units); !legal) return legal;
        if (!spec_.name.empty() && spec_.name != "LE" && spec_.name != "LO")
            return refuse(fmt::format("no table is called {}; legal are LE, LO", spec_.name));
        const unsigned entries = spec_.name == "LE" ? lut::kLeEntries : lut::kLoEntries;
        return check_numbers({{"entry", {0, entries - 1}}, {"bit", {0, 15}}});
    }

    const HardwareConfig& config_;
    bool needs_time_;
    FlipSpec spec_{.text = {}, .place = Place::kRegister};
};

}  // namespace

std::vector<RegisterBit> register_bits(const FlipSpec& spec, const HardwareConfig& config) {
    std::vector<RegisterBit> bits;
    const Range groups = spec.number("group", {0, 1});
    const Range legal = spec.number("bit", {0, 31});
    for (const regs::CatalogueUnit& unit : regs::catalogue()) {
        if (!config.has_unit(unit.name) || (!spec.unit.empty() && spec.unit != unit.name)) continue;
        const auto table = unit.table(config.address_map);
        for (unsigned i = 0; i < table.size(); ++i) {
            if (!spec.name.empty() && spec.name != table[i].name) continue;
            const std::uint32_t mask = stored_bits(unit, i, table[i]);
            const std::uint64_t last =
                table[i].grouped ? groups.last : std::min<std::uint64_t>(groups.last, 0);
            for (std::uint64_t group = groups.first; group <= last; ++group)
                for (std::uint64_t bit = legal.first; bit <= legal.last; ++bit)
                    if ((mask >> bit & 1u) != 0)
                        bits.push_back({&unit, &table[i], i, static_cast<unsigned>(group),
                                        static_cast<unsigned>(bit)});
        }
    }
    return bits;
}

Result<FlipSpec> parse_flip(const std::string& text, const HardwareConfig& config,
                            bool needs_time) {
    return Parser(text, config, needs_time).parse();
}

}  // namespace dla::vp::inject
