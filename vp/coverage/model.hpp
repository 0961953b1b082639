// SPDX-License-Identifier: Apache-2.0
// The modes that coverage asks for, from configs/coverage.yaml: points with bins per unit, crosses
// of them, and what is no mode of the hardware.
//
//   auto model = Model::load(coverage_yaml(), "coverage.yaml");
//   const UnitModel* sdp = model->unit("SDP");
//   const std::size_t bin = sdp->points[0].bin_of(words);     // words[register index]
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/register_catalogue.hpp"
#include "dla_tlm/common/result.hpp"

namespace dla::vp::coverage {

// The YAML that is built in.
std::string_view coverage_yaml();

struct Term {
    Field field;
    std::uint32_t first;
    std::uint32_t last;
};

struct Bin {
    std::string name;
    std::vector<std::vector<Term>> either;  // each: all must hold; empty: never
    std::vector<std::string> needs;         // features of the configuration
    bool other = false;                     // whatever no bin in front holds
};

struct Point {
    std::string name;
    std::vector<Bin> bins;

    // By the words of the unit's registers, by index; nothing where no bin holds.
    std::optional<std::size_t> bin_of(std::span<const std::uint32_t> words) const;
};

// Bins, per point of the cross, that no operation can have together; empty: any bin.
struct Never {
    std::vector<std::vector<std::size_t>> bins;
    std::string why;
};

struct Cross {
    std::vector<std::size_t> points;
    std::vector<Never> never;

    bool possible(std::span<const std::size_t> bins) const;
};

struct UnitModel {
    std::string name;
    std::vector<Point> points;
    std::vector<Cross> crosses;

    std::string name_of(const Cross& cross) const;  // "precision x mode"
    std::string name_of(const Cross& cross, std::span<const std::size_t> bins) const;
    // Calls visit(bins) for each combination that the configuration has.
    void each_legal(const Cross& cross, const HardwareConfig& config,
                    const std::function<void(std::span<const std::size_t>)>& visit) const;
};

bool has_feature(const HardwareConfig& config, std::string_view feature);
bool legal(const Bin& bin, const HardwareConfig& config);

class Model {
  public:
    static Result<Model> load(std::string_view yaml, const std::string& where);

    const std::vector<UnitModel>& units() const { return units_; }
    const UnitModel* unit(std::string_view name) const;

  private:
    std::vector<UnitModel> units_;
};

}  // namespace dla::vp::coverage
