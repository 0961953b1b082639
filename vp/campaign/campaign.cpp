// SPDX-License-Identifier: Apache-2.0
#include "vp/campaign/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <map>
#include <numeric>

namespace dla::vp::campaign {
namespace {

namespace json = boost::json;

trace::Random random_of(const Plan& plan, std::size_t run, std::uint64_t purpose) {
    trace::Random mixer(plan.seed * 0x2545f4914f6cdd1du + 2 * run + purpose);
    return trace::Random(mixer.next());
}

}  // namespace

std::vector<inject::FlipSpec> draw_run(const Plan& plan, std::size_t run) {
    trace::Random random = random_of(plan, run, 0);
    std::vector<inject::FlipSpec> specs;
    for (unsigned i = 0; i < plan.flips; ++i) {
        specs.push_back(plan.places[random.next() % plan.places.size()]);
        const std::uint64_t count = plan.cycles.last - plan.cycles.first + 1;
        const std::uint64_t cycle = plan.cycles.first + random.next() % count;
        specs.back().at = inject::Range{cycle, cycle};
    }
    return specs;
}

std::uint64_t seed_of_run(const Plan& plan, std::size_t run) {
    return random_of(plan, run, 1).next();
}

std::string RunRecord::json() const {
    return json::serialize(json::object{{"run", run},
                                        {"unit", unit},
                                        {"cycle", cycle},
                                        {"flips", json::array(flips.begin(), flips.end())},
                                        {"fate", name_of(fate)},
                                        {"why", why}});
}

Result<RunRecord> RunRecord::parse(std::string_view line) {
    boost::system::error_code error;
    const json::value value = json::parse(json::string_view(line.data(), line.size()), error);
    if (error) return fail("no JSON: " + error.message());
    try {
        const json::object& object = value.as_object();
        RunRecord record;
        record.run = object.at("run").to_number<std::size_t>();
        record.unit = std::string(object.at("unit").as_string());
        record.cycle = object.at("cycle").to_number<std::uint64_t>();
        for (const json::value& flip : object.at("flips").as_array())
            record.flips.emplace_back(flip.as_string());
        const auto* const fate =
            std::ranges::find(kFateNames, std::string_view(object.at("fate").as_string().c_str()));
        if (fate == kFateNames.end()) return fail("no such fate");
        record.fate = static_cast<Fate>(fate - kFateNames.begin());
        record.why = std::string(object.at("why").as_string());
        return record;
    } catch (const std::exception& exception) {
        return fail(exception.what());
    }
}

std::size_t UnitFates::runs() const {
    return std::accumulate(count.begin(), count.end(), std::size_t{0});
}

std::vector<UnitFates> by_unit(const std::vector<RunRecord>& records) {
    std::map<std::string, UnitFates> units;
    UnitFates all{.unit = "all"};
    for (const RunRecord& record : records) {
        UnitFates& unit = units.try_emplace(record.unit, UnitFates{record.unit}).first->second;
        ++unit.count[static_cast<std::size_t>(record.fate)];
        ++all.count[static_cast<std::size_t>(record.fate)];
    }
    std::vector<UnitFates> rows;
    for (auto& [name, row] : units)
        rows.push_back(std::move(row));
    rows.push_back(std::move(all));
    return rows;
}

Interval interval(std::size_t some, std::size_t all) {
    if (all == 0) return {0, 100};
    constexpr double kZ = 1.959964;
    const auto n = static_cast<double>(all);
    const double share = static_cast<double>(some) / n;
    const double scale = 1 + kZ * kZ / n;
    const double middle = (share + kZ * kZ / (2 * n)) / scale;
    const double half = kZ / scale * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
    return {100 * std::max(0.0, middle - half), 100 * std::min(1.0, middle + half)};
}

}  // namespace dla::vp::campaign
