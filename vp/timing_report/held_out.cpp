// SPDX-License-Identifier: Apache-2.0
#include "vp/timing_report/held_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>

#include "vp/timing_report/error_statistics.hpp"
#include "vp/timing_report/prediction.hpp"

namespace dla::vp {
namespace {

using Runs = std::vector<const GoldenRun*>;

constexpr int kRounds = 20;
constexpr int kSteps[] = {64, 16, 4, 1};

// What the search lowers: squares find the neighbourhood, absolute values do not mind outliers.
enum class Sum : std::uint8_t { kSquares, kAbsolute };

// Per cent of each status bit's own time; bits near cycle 0 count as if at 100.
double errors_of(const Runs& runs, const HardwareConfig& config, Sum kind) {
    double sum = 0;
    for (const GoldenRun* run : runs) {
        const auto predicted = predict(*run, config);
        for (const auto& [bit, cycle] : run->done) {
            const auto found = predicted.find(bit);
            if (found == predicted.end()) continue;
            const double error = 100.0 * static_cast<double>(std::abs(found->second - cycle)) /
                                 static_cast<double>(std::max<Cycles>(100, std::abs(cycle)));
            sum += kind == Sum::kSquares ? error * error : error;
        }
    }
    return sum;
}

// Runs of the kinds that a constant can move: it is tried at a few very different values.
Runs moved_by(const FittedConstant& constant, const Runs& runs, const HardwareConfig& config) {
    std::set<std::string> kinds;
    for (const GoldenRun* run : runs) {
        if (kinds.contains(run->kind)) continue;
        const auto now = predict(*run, config);
        for (const unsigned value : {1u, 7u, 31u, 997u}) {
            HardwareConfig other = config;
            other.timing.*constant.member = value;
            if (predict(*run, other) != now) kinds.insert(run->kind);
        }
    }
    Runs moved;
    std::ranges::copy_if(runs, std::back_inserter(moved),
                         [&](const GoldenRun* run) { return kinds.contains(run->kind); });
    return moved;
}

bool step(const FittedConstant& constant, int by, TimingConstants& timing) {
    unsigned& value = timing.*constant.member;
    const int moved = static_cast<int>(value) + by;
    if (moved < static_cast<int>(constant.least)) return false;
    value = static_cast<unsigned>(moved);
    return true;
}

// Constants of one kind of layer, which may make up for each other: one or two are moved at a time.
class Search {
  public:
    Search(const Runs& runs, HardwareConfig& config, Sum kind) : config_(config), kind_(kind) {
        for (const FittedConstant& constant : fitted_constants())
            moved_.push_back(moved_by(constant, runs, config));
    }

    // Whether any move lowered the errors; they stay.
    bool improve() {
        bool improved = false;
        for (std::size_t i = 0; i < moved_.size(); ++i) {
            for (const int step : kSteps)
                improved |= walk(i, step, i, 0) | walk(i, -step, i, 0);
            for (std::size_t j = 0; j < moved_.size(); ++j)
                if (i != j && std::ranges::includes(moved_[i], moved_[j]))
                    improved |= improve_pair(i, j);
        }
        return improved;
    }

  private:
    bool improve_pair(std::size_t i, std::size_t j) {
        bool improved = false;
        for (const int first : kSteps)
            for (const int second : kSteps)
                improved |= walk(i, first, j, -second) | walk(i, -first, j, second);
        return improved;
    }

    // As far as it goes down.
    bool walk(std::size_t i, int by_i, std::size_t j, int by_j) {
        double best = errors_of(moved_[i], config_, kind_);
        for (bool improved = false;; improved = true) {
            const TimingConstants before = config_.timing;
            const bool legal = step(fitted_constants()[i], by_i, config_.timing) &&
                               step(fitted_constants()[j], by_j, config_.timing);
            const double errors = legal ? errors_of(moved_[i], config_, kind_) : best;
            if (errors >= best) {
                config_.timing = before;
                return improved;
            }
            best = errors;
        }
    }

    HardwareConfig& config_;
    Sum kind_;
    std::vector<Runs> moved_;
};

struct Halves {
    ErrorStatistics fitted;
    ErrorStatistics held_out;
    std::set<std::string> differing;  // constants and their values
};

Halves fit_both_halves(const std::vector<GoldenRun>& runs, const HardwareConfig& known) {
    Halves result;
    for (const unsigned half : {0u, 1u}) {
        HardwareConfig config = known;
        config.timing = displaced(known.timing);
        config.timing = fit_constants(half_of(runs, half), config);
        const auto add = [&](ErrorStatistics& errors, const Runs& some) {
            for (const GoldenRun* run : some)
                errors.add(fmt::format("{} at L = {}", run->name, run->memory.read_latency),
                           error_percent(*run, config));
        };
        add(result.fitted, half_of(runs, half));
        add(result.held_out, half_of(runs, 1 - half));
        for (const FittedConstant& constant : fitted_constants()) {
            const unsigned value = config.timing.*constant.member;
            const unsigned expected = known.timing.*constant.member;
            if (value != expected)
                result.differing.insert(
                    fmt::format("{} {} for {}", constant.name, value, expected));
        }
    }
    return result;
}

std::string row(const std::string& title, const char* what, const ErrorStatistics& errors) {
    return fmt::format("| {} | {} | {} | {:.2f} | {:.2f} | {:.2f} | {} |\n", title, what,
                       errors.count(), errors.median(), errors.percentile90(), errors.worst(),
                       errors.worst_name());
}

}  // namespace

const std::vector<FittedConstant>& fitted_constants() {
    using T = TimingConstants;
    static const std::vector<FittedConstant> constants{
        {"first_weight_request", &T::first_weight_request},
        {"first_feature_request", &T::first_feature_request},
        {"first_image_request", &T::first_image_request},
        {"sdp_after_cacc", &T::sdp_after_cacc},
        {"sdp_constant", &T::sdp_constant},
        {"pdp_constant", &T::pdp_constant},
        {"sdp_to_pdp_constant", &T::sdp_to_pdp_constant},
        {"cdp_constant", &T::cdp_constant},
        {"cdp_last_piece_cycles", &T::cdp_last_piece_cycles},
        {"cdp_piece_switch_cycles", &T::cdp_piece_switch_cycles},
        {"cdp_cycles_per_piece", &T::cdp_cycles_per_piece},
        {"cdp_bypass_constant", &T::cdp_bypass_constant},
        {"cdp_bypass_last_piece_cycles", &T::cdp_bypass_last_piece_cycles},
        {"sdp_prefetch_beats", &T::sdp_prefetch_beats, 1},
        {"operand_prefetch_beats", &T::operand_prefetch_beats, 1},
        {"pdp_prefetch_beats", &T::pdp_prefetch_beats, 1},
        {"cdp_prefetch_beats", &T::cdp_prefetch_beats, 1},
        {"pdp_round_trip", &T::pdp_round_trip},
        {"cdp_round_trip", &T::cdp_round_trip},
        {"operand_prefetch_ahead", &T::operand_prefetch_ahead},
        {"feature_tail_saving", &T::feature_tail_saving},
        {"sdp_to_pdp_output", &T::sdp_to_pdp_output},
        {"csc_layer_gap", &T::csc_layer_gap},
    };
    return constants;
}

TimingConstants displaced(TimingConstants constants) {
    for (const FittedConstant& constant : fitted_constants()) {
        unsigned& value = constants.*constant.member;
        value += value / 10 + 2;
    }
    return constants;
}

TimingConstants fit_constants(const Runs& runs, HardwareConfig config) {
    for (const Sum kind : {Sum::kSquares, Sum::kAbsolute}) {
        Search search(runs, config, kind);
        for (int round = 0; round < kRounds && search.improve(); ++round) {
        }
    }
    return config.timing;
}

Runs half_of(const std::vector<GoldenRun>& runs, unsigned half) {
    std::map<std::string, std::set<std::string>> names;  // by kind
    for (const GoldenRun& run : runs)
        names[run.kind].insert(run.name);
    Runs some;
    for (const GoldenRun& run : runs) {
        const auto& kind = names[run.kind];
        if (std::distance(kind.begin(), kind.find(run.name)) % 2 == half) some.push_back(&run);
    }
    return some;
}

Result<std::string> held_out_table(const std::string& golden) {
    std::string text =
        "| configuration | layers | runs | median % | p90 % | worst % | worst layer |\n"
        "|---|---|---|---|---|---|---|\n";
    std::string constants =
        "\n| configuration | constants whose fit differs from the configuration file "
        "|\n|---|---|\n";
    for (const char* name : {"nv_small", "nv_small_master", "nv_small_256", "nv_large"}) {
        const auto config = builtin_config(name);
        if (!config) return tl::unexpected(config.error());
        const auto runs = read_timing_runs(golden + "/timing", name, *config);
        if (!runs) return tl::unexpected(runs.error());
        const Halves halves = fit_both_halves(*runs, *config);
        text += row(name, "in the fit", halves.fitted);
        text += row("", "held out", halves.held_out);
        constants += fmt::format("| {} | {} |\n", name,
                                 halves.differing.empty()
                                     ? "none"
                                     : fmt::format("{}", fmt::join(halves.differing, ", ")));
    }
    return text + constants;
}

}  // namespace dla::vp
