// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/state_visitor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dla {

void StateSaver::words(std::string_view name, std::span<std::uint64_t> words) {
    items_.push_back({.name = std::string(name), .words = {words.begin(), words.end()}});
}

void StateSaver::list(std::string_view name, std::vector<std::uint64_t>& words) {
    items_.push_back({.name = std::string(name), .words = words});
}

void StateSaver::bytes(std::string_view name, std::span<std::uint8_t> bytes) {
    items_.push_back({.name = std::string(name), .bytes = {bytes.begin(), bytes.end()}});
}

const StateItem* StateLoader::take(std::string_view name) {
    if (!error_.empty()) return nullptr;
    if (rest_.empty() || rest_.front().name != name) {
        error_ = fmt::format("{} is expected, the state has {}", name,
                             rest_.empty() ? "nothing more" : rest_.front().name);
        return nullptr;
    }
    const StateItem& item = rest_.front();
    rest_ = rest_.subspan(1);
    return &item;
}

bool StateLoader::fits(std::string_view name, std::size_t saved, std::size_t expected) {
    if (saved != expected)
        error_ = fmt::format("{} has {} values, legal is {}", name, saved, expected);
    return saved == expected;
}

void StateLoader::words(std::string_view name, std::span<std::uint64_t> words) {
    const StateItem* item = take(name);
    if (item != nullptr && fits(name, item->words.size(), words.size()))
        std::ranges::copy(item->words, words.begin());
}

void StateLoader::list(std::string_view name, std::vector<std::uint64_t>& words) {
    if (const StateItem* item = take(name)) words = item->words;
}

void StateLoader::bytes(std::string_view name, std::span<std::uint8_t> bytes) {
    const StateItem* item = take(name);
    if (item != nullptr && fits(name, item->bytes.size(), bytes.size()))
        std::ranges::copy(item->bytes, bytes.begin());
}

std::string StateLoader::error() const {
    if (!error_.empty() || rest_.empty()) return error_;
    return fmt::format("{} is not known here", rest_.front().name);
}

}  // namespace dla
