// SPDX-License-Identifier: Apache-2.0
// Names met while parsing (sync ids, labels, data files), numbered in the order of first use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dla::trace {

class NameTable {
  public:
    std::uint32_t operator()(std::string_view name) {
        const auto [place, added] =
            index_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
        if (added) names_.emplace_back(name);
        return place->second;
    }
    std::vector<std::string> take() { return std::move(names_); }
    const std::vector<std::string>& names() const { return names_; }

  private:
    std::unordered_map<std::string, std::uint32_t> index_;
    std::vector<std::string> names_;
};

}  // namespace dla::trace
