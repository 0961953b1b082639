// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/register_view.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>

#include "dla_tlm/bdma/bdma_unit.hpp"
#include "dla_tlm/common/register_values.hpp"
#include "vp/monitor/parse.hpp"

namespace dla::vp::monitor {
namespace {

namespace json = boost::json;

const char* value_name(std::string_view unit, std::string_view register_name,
                       std::string_view field, std::uint32_t value) {
    for (const regs::NamedValue& named : regs::named_values()) {
        if (named.value == value && unit == named.unit && register_name == named.register_name &&
            field == named.field)
            return named.name;
    }
    return nullptr;
}

std::uint32_t value_of(const regs::FieldInfo& field, std::uint32_t word) {
    return Field{0, field.lsb, field.width}.extract(word);
}

// S_STATUS, S_POINTER and GLB's status are made when read; everything else is stored.
std::uint32_t register_value(Dla& dla, Unit& unit, const RegisterInfo& info, unsigned group) {
    if (info.grouped) {
        const auto index = static_cast<unsigned>(&info - unit.registers().table().data());
        return unit.registers().value(group, {index, info.offset});
    }
    const std::string_view name = info.name;
    if (&unit == &dla.glb() && name == "S_INTR_STATUS") return dla.glb().status();
    const auto* bdma = dynamic_cast<const bdma::BdmaUnit*>(&unit);
    if (bdma != nullptr && name == "STATUS") return bdma->status();
    std::uint32_t value = 0;
    unit.registers().read(info.offset, value);
    return value;
}

json::object fields_as_json(const char* unit, const regs::RegisterPlace& place,
                            std::uint32_t word) {
    json::object fields;
    for (const regs::FieldInfo& field : place.fields) {
        const std::uint32_t value = value_of(field, word);
        const char* name = value_name(unit, place.info->name, field.name, value);
        if (name == nullptr)
            fields[field.name] = value;
        else
            fields[field.name] = {{"value", value}, {"name", name}};
    }
    return fields;
}

struct Listing {
    std::string text;
    json::array data;
};

class UnitListing {
  public:
    UnitListing(Dla& dla, Unit& unit, Listing& listing)
        : dla_(dla), unit_(unit), listing_(listing) {}

    // group: of the registers that have two copies; changed: leave out those at power-on values.
    void add(std::optional<unsigned> group, bool changed) {
        for (const RegisterInfo& info : unit_.registers().table()) {
            if (info.grouped != group.has_value()) continue;
            const std::uint32_t value = register_value(dla_, unit_, info, group.value_or(0));
            if (!changed || value != (info.reset & info.read_mask)) add_one(info, group, value);
        }
    }

  private:
    void add_one(const RegisterInfo& info, std::optional<unsigned> group, std::uint32_t value) {
        const auto place =
            regs::find_register(dla_.config().address_map, unit_.unit_name(), info.name);
        if (!place) return;
        const std::string where = group ? fmt::format("[{}]", *group) : "";
        listing_.text += fmt::format("{:<36} {:#010x}  {}\n",
                                     fmt::format("{}.{}{}", unit_.unit_name(), info.name, where),
                                     value, fields_in_words(unit_.unit_name(), *place, value));
        json::object row{{"unit", unit_.unit_name()},
                         {"register", info.name},
                         {"address", place->address},
                         {"value", value},
                         {"fields", fields_as_json(unit_.unit_name(), *place, value)}};
        if (group) row["group"] = *group;
        listing_.data.push_back(std::move(row));
    }

    Dla& dla_;
    Unit& unit_;
    Listing& listing_;
};

Reply reply_of(Listing listing) {
    return {std::move(listing.text), std::move(listing.data)};
}

void add_groups(UnitListing& rows, const Unit& unit, bool changed) {
    if (!unit.registers().has_groups()) return;
    rows.add(0, changed);
    rows.add(1, changed);
}

}  // namespace

std::string fields_in_words(const char* unit, const regs::RegisterPlace& place,
                            std::uint32_t word) {
    std::string text;
    for (const regs::FieldInfo& field : place.fields) {
        const std::uint32_t value = value_of(field, word);
        const char* name = value_name(unit, place.info->name, field.name, value);
        const std::string number =
            field.width > 16 ? fmt::format("{:#x}", value) : fmt::format("{}", value);
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", field.name,
                            name != nullptr ? fmt::format("{} ({})", number, name) : number);
    }
    return text;
}

Result<Reply> show_registers(Dla& dla, Words words) {
    if (words.size() > 2) return fail("regs takes at most a unit and a group: regs [UNIT] [GROUP]");
    Listing listing;
    if (words.empty()) {
        for (const auto& unit : dla.units()) {
            UnitListing rows(dla, *unit, listing);
            rows.add(std::nullopt, true);
            add_groups(rows, *unit, true);
        }
        if (listing.text.empty()) listing.text = "every register has its power-on value\n";
        return reply_of(std::move(listing));
    }
    const auto unit = parse_unit(dla, words[0]);
    if (!unit) return tl::unexpected(unit.error());
    UnitListing rows(dla, **unit, listing);
    if (words.size() == 1) {
        rows.add(std::nullopt, false);
        add_groups(rows, **unit, false);
        return reply_of(std::move(listing));
    }
    if (!(*unit)->registers().has_groups())
        return fail(
            fmt::format("{} has no register groups; leave the group out", (*unit)->unit_name()));
    const auto group = parse_number(words[1], "GROUP", 0, 1);
    if (!group) return tl::unexpected(group.error());
    rows.add(static_cast<unsigned>(*group), false);
    return reply_of(std::move(listing));
}

}  // namespace dla::vp::monitor
