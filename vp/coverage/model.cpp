// SPDX-License-Identifier: Apache-2.0
#include "vp/coverage/model.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <stdexcept>

namespace dla::vp::coverage {
namespace {

struct Feature {
    const char* name;
    bool (*has)(const HardwareConfig&);
};
constexpr Feature kFeatures[] = {
    {"int16", [](const HardwareConfig& c) { return c.features.int16; }},
    {"fp16", [](const HardwareConfig& c) { return c.features.fp16; }},
    {"winograd", [](const HardwareConfig& c) { return c.features.winograd; }},
    {"compression", [](const HardwareConfig& c) { return c.features.weight_compression; }},
    {"batch", [](const HardwareConfig& c) { return c.features.batch_max > 1; }},
    {"second_memory", [](const HardwareConfig& c) { return c.features.second_memory; }},
    {"sdp_ew", [](const HardwareConfig& c) { return c.features.sdp_ew; }},
    {"sdp_lut", [](const HardwareConfig& c) { return c.features.sdp_lut; }}};

[[noreturn]] void wrong(const YAML::Node& node, const std::string& why) {
    throw std::runtime_error(fmt::format("{}: {}", node.Mark().line + 1, why));
}

Field find_field(const YAML::Node& node, const std::string& unit, const std::string& text) {
    const regs::CatalogueUnit* catalogue = regs::find_unit(unit);
    if (catalogue == nullptr) wrong(node, "no unit is called " + unit);
    const std::size_t dot = text.find('.');
    const auto table = catalogue->table(regs::AddressMap::kNvFull);
    for (unsigned i = 0; i < table.size(); ++i) {
        if (text.substr(0, dot) != table[i].name || dot == std::string::npos) continue;
        for (const regs::FieldInfo& field : catalogue->fields[i])
            if (text.substr(dot + 1) == field.name) return {i, field.lsb, field.width};
    }
    wrong(node, fmt::format("{} has no field {}; legal is REGISTER.FIELD", unit, text));
}

Term term_of(const YAML::Node& key, const YAML::Node& value, const std::string& unit) {
    const Field field = find_field(key, unit, key.as<std::string>());
    if (!value.IsSequence()) {
        const auto only = value.as<std::uint32_t>();
        return {field, only, only};
    }
    if (value.size() != 2) wrong(value, "a range is [FIRST, LAST]");
    return {field, value[0].as<std::uint32_t>(), value[1].as<std::uint32_t>()};
}

void add_terms(const YAML::Node& node, const std::string& unit, Bin& bin) {
    if (!node.IsMap())
        wrong(node, "a bin is {REGISTER.FIELD: VALUE, ...}, a list of them, or other");
    std::vector<Term> all;
    for (const auto& entry : node) {
        if (entry.first.as<std::string>() == "needs")
            bin.needs = entry.second.as<std::vector<std::string>>();
        else
            all.push_back(term_of(entry.first, entry.second, unit));
    }
    for (const std::string& need : bin.needs)
        if (std::ranges::find(kFeatures, need, [](const Feature& f) -> std::string {
                return f.name;
            }) == std::end(kFeatures))
            wrong(node, "no feature is called " + need);
    bin.either.push_back(std::move(all));
}

Point point_of(const std::string& name, const YAML::Node& node, const std::string& unit) {
    Point point{name, {}};
    for (const auto& entry : node) {
        Bin bin{entry.first.as<std::string>(), {}, {}};
        if (entry.second.IsScalar() && entry.second.as<std::string>() == "other")
            bin.other = true;
        else if (entry.second.IsSequence())
            for (const auto& part : entry.second)
                add_terms(part, unit, bin);
        else
            add_terms(entry.second, unit, bin);
        point.bins.push_back(std::move(bin));
    }
    return point;
}

template <class Items>
std::size_t index_of(const Items& items, const YAML::Node& node) {
    const auto name = node.as<std::string>();
    for (std::size_t i = 0; i < items.size(); ++i)
        if (items[i].name == name) return i;
    wrong(node, "no point or bin is called " + name);
}

Never never_of(const YAML::Node& node, const Cross& cross, const UnitModel& unit) {
    Never never{std::vector<std::vector<std::size_t>>(cross.points.size()), ""};
    for (const auto& entry : node) {
        if (entry.first.as<std::string>() == "why") {
            never.why = entry.second.as<std::string>();
            continue;
        }
        const std::size_t point = index_of(unit.points, entry.first);
        const auto place = std::ranges::find(cross.points, point);
        if (place == cross.points.end()) wrong(entry.first, "the point is not in the cross");
        auto& bins = never.bins[static_cast<std::size_t>(place - cross.points.begin())];
        if (entry.second.IsSequence())
            for (const auto& bin : entry.second)
                bins.push_back(index_of(unit.points[point].bins, bin));
        else
            bins.push_back(index_of(unit.points[point].bins, entry.second));
    }
    if (never.why.empty()) wrong(node, "never says why");
    return never;
}

UnitModel unit_of(const std::string& name, const YAML::Node& node) {
    UnitModel unit{name, {}, {}};
    for (const auto& entry : node["points"])
        unit.points.push_back(point_of(entry.first.as<std::string>(), entry.second, name));
    for (const auto& entry : node["crosses"]) {
        Cross cross;
        for (const auto& point : entry["points"])
            cross.points.push_back(index_of(unit.points, point));
        for (const auto& never : entry["never"])
            cross.never.push_back(never_of(never, cross, unit));
        unit.crosses.push_back(std::move(cross));
    }
    return unit;
}

bool holds(const std::vector<Term>& all, std::span<const std::uint32_t> words) {
    return std::ranges::all_of(all, [&](const Term& term) {
        const std::uint32_t value = term.field.extract(words[term.field.register_index]);
        return value >= term.first && value <= term.last;
    });
}

}  // namespace

std::optional<std::size_t> Point::bin_of(std::span<const std::uint32_t> words) const {
    for (std::size_t i = 0; i < bins.size(); ++i) {
        if (bins[i].other) return i;
        for (const std::vector<Term>& all : bins[i].either)
            if (holds(all, words)) return i;
    }
    return std::nullopt;
}

bool Cross::possible(std::span<const std::size_t> bins) const {
    return std::ranges::none_of(never, [&](const Never& rule) {
        for (std::size_t i = 0; i < points.size(); ++i)
            if (!rule.bins[i].empty() &&
                std::ranges::find(rule.bins[i], bins[i]) == rule.bins[i].end())
                return false;
        return true;
    });
}

std::string UnitModel::name_of(const Cross& cross) const {
    std::string text;
    for (const std::size_t point : cross.points)
        text += (text.empty() ? "" : " x ") + points[point].name;
    return text;
}

std::string UnitModel::name_of(const Cross& cross, std::span<const std::size_t> bins) const {
    std::string text;
    for (std::size_t i = 0; i < bins.size(); ++i)
        text += (text.empty() ? "" : " x ") + points[cross.points[i]].bins[bins[i]].name;
    return text;
}

void UnitModel::each_legal(const Cross& cross, const HardwareConfig& config,
                           const std::function<void(std::span<const std::size_t>)>& visit) const {
    std::vector<std::size_t> bins(cross.points.size(), 0);
    for (;;) {
        bool all_legal = cross.possible(bins);
        for (std::size_t i = 0; i < bins.size(); ++i)
            all_legal = all_legal && legal(points[cross.points[i]].bins[bins[i]], config);
        if (all_legal) visit(bins);
        std::size_t place = bins.size();
        while (place > 0 && ++bins[place - 1] == points[cross.points[place - 1]].bins.size())
            bins[--place] = 0;
        if (place == 0) return;
    }
}

bool has_feature(const HardwareConfig& config, std::string_view feature) {
    return std::ranges::any_of(
        kFeatures, [&](const Feature& f) { return feature == f.name && f.has(config); });
}

bool legal(const Bin& bin, const HardwareConfig& config) {
    return std::ranges::all_of(bin.needs,
                               [&](const std::string& need) { return has_feature(config, need); });
}

Result<Model> Model::load(std::string_view yaml, const std::string& where) {
    try {
        const YAML::Node root = YAML::Load(std::string(yaml));
        Model model;
        for (const auto& entry : root["units"])
            model.units_.push_back(unit_of(entry.first.as<std::string>(), entry.second));
        return model;
    } catch (const YAML::Exception& error) {
        return fail(fmt::format("{}:{}: {}", where, error.mark.line + 1, error.msg));
    } catch (const std::runtime_error& error) {
        return fail(fmt::format("{}:{}", where, error.what()));
    }
}

const UnitModel* Model::unit(std::string_view name) const {
    const auto found = std::ranges::find(units_, name, &UnitModel::name);
    return found == units_.end() ? nullptr : &*found;
}

}  // namespace dla::vp::coverage
