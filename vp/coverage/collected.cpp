// SPDX-License-Identifier: Apache-2.0
#include "vp/coverage/collected.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/system_error.hpp>

namespace dla::vp::coverage {
namespace {

namespace json = boost::json;

constexpr int kVersion = 1;

using Groups = std::map<std::string, Counts, std::less<>>;

void add_groups(Groups& to, const Groups& from) {
    for (const auto& [group, counts] : from)
        for (const auto& [name, count] : counts)
            to[group][name] += count;
}

json::object object_of(const Groups& groups) {
    json::object object;
    for (const auto& [group, counts] : groups) {
        json::object inner;
        for (const auto& [name, count] : counts)
            inner[name] = count;
        object[group] = std::move(inner);
    }
    return object;
}

Groups groups_of(const json::value& value) {
    Groups groups;
    for (const auto& [group, counts] : value.as_object())
        for (const auto& [name, count] : counts.as_object())
            groups[std::string(group)][std::string(name)] = count.to_number<std::uint64_t>();
    return groups;
}

UnitCounts unit_of(const json::object& object) {
    return {.operations = object.at("operations").to_number<std::uint64_t>(),
            .points = groups_of(object.at("points")),
            .crosses = groups_of(object.at("crosses"))};
}

}  // namespace

void Collected::add(const Collected& other) {
    for (const auto& [name, config] : other.configs) {
        ConfigCounts& mine = configs[name];
        mine.runs += config.runs;
        for (const auto& [unit, counts] : config.units) {
            UnitCounts& to = mine.units[unit];
            to.operations += counts.operations;
            add_groups(to.points, counts.points);
            add_groups(to.crosses, counts.crosses);
        }
    }
}

void Collected::count(const std::string& config, const UnitModel& unit,
                      std::span<const std::uint32_t> words) {
    UnitCounts& counts = configs[config].units[unit.name];
    ++counts.operations;
    std::vector<std::optional<std::size_t>> bins;
    for (const Point& point : unit.points) {
        bins.push_back(point.bin_of(words));
        if (bins.back()) ++counts.points[point.name][point.bins[*bins.back()].name];
    }
    for (const Cross& cross : unit.crosses) {
        std::vector<std::size_t> hit;
        for (const std::size_t point : cross.points)
            if (bins[point]) hit.push_back(*bins[point]);
        if (hit.size() == cross.points.size())
            ++counts.crosses[unit.name_of(cross)][unit.name_of(cross, hit)];
    }
}

std::string Collected::json() const {
    json::object all;
    for (const auto& [name, config] : configs) {
        json::object units;
        for (const auto& [unit, counts] : config.units)
            units[unit] = {{"operations", counts.operations},
                           {"points", object_of(counts.points)},
                           {"crosses", object_of(counts.crosses)}};
        all[name] = {{"runs", config.runs}, {"units", std::move(units)}};
    }
    return json::serialize(json::object{{"coverage", kVersion}, {"configs", std::move(all)}}) +
           "\n";
}

Result<Collected> Collected::parse(std::string_view text, const std::string& where) {
    try {
        const json::value value = json::parse(json::string_view(text.data(), text.size()));
        const json::object& root = value.as_object();
        if (root.at("coverage").to_number<int>() != kVersion)
            return fail(
                fmt::format("{}: coverage of another version; this one reads {}", where, kVersion));
        Collected collected;
        for (const auto& [name, config] : root.at("configs").as_object()) {
            ConfigCounts& counts = collected.configs[std::string(name)];
            counts.runs = config.as_object().at("runs").to_number<std::uint64_t>();
            for (const auto& [unit, object] : config.as_object().at("units").as_object())
                counts.units[std::string(unit)] = unit_of(object.as_object());
        }
        return collected;
    } catch (const boost::system::system_error& error) {
        return fail(
            fmt::format("{}: no coverage file of this program: {}", where, error.code().message()));
    } catch (const std::exception& error) {
        return fail(fmt::format("{}: no coverage file of this program: {}", where, error.what()));
    }
}

}  // namespace dla::vp::coverage
