// SPDX-License-Identifier: Apache-2.0
// How everything with a state between layers names it, once for saving and restoring:
//
//   void GlbUnit::visit_state(StateVisitor& state) {
//       Unit::visit_state(state);
//       state.value("status", status_);
//   }
//
//   StateSaver saver;                         StateLoader loader(items);
//   unit.visit_state(saver);                  unit.visit_state(loader);
//   keep(saver.items());                      if (!loader.error().empty()) ...
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace dla {

// One named part: numbers or raw bytes.
struct StateItem {
    std::string name;
    std::vector<std::uint64_t> words{};
    std::vector<std::uint8_t> bytes{};

    bool operator==(const StateItem&) const = default;
};

// The items of one unit, in the order of its visit_state.
struct StateSection {
    std::string name;
    std::vector<StateItem> items;
};

class StateVisitor {
  public:
    virtual ~StateVisitor() = default;

    // Restoring puts the saved words into `words`; it must be as many as there are.
    virtual void words(std::string_view name, std::span<std::uint64_t> words) = 0;
    // The same with any number.
    virtual void list(std::string_view name, std::vector<std::uint64_t>& words) = 0;
    virtual void bytes(std::string_view name, std::span<std::uint8_t> bytes) = 0;

    template <class T>
    void value(std::string_view name, T& value) {
        values(name, std::span<T>(&value, 1));
    }
    // Numbers, enumerations and bools.
    template <class T>
    void values(std::string_view name, std::span<T> values) {
        std::vector<std::uint64_t> all;
        for (const T& value : values)
            all.push_back(to_word(value));
        words(name, all);
        for (std::size_t i = 0; i < all.size(); ++i)
            values[i] = from_word<T>(all[i]);
    }
    // A container that can be filled anew.
    template <class Container>
    void numbers(std::string_view name, Container& numbers) {
        std::vector<std::uint64_t> all;
        for (const auto& number : numbers)
            all.push_back(to_word(number));
        list(name, all);
        numbers.clear();
        for (const std::uint64_t word : all)
            numbers.push_back(from_word<typename Container::value_type>(word));
    }

  private:
    template <class T>
    static std::uint64_t to_word(const T& value) {
        if constexpr (std::floating_point<T>)
            return std::bit_cast<std::uint64_t>(static_cast<double>(value));
        else
            return static_cast<std::uint64_t>(value);
    }
    template <class T>
    static T from_word(std::uint64_t word) {
        if constexpr (std::floating_point<T>)
            return static_cast<T>(std::bit_cast<double>(word));
        else
            return static_cast<T>(word);
    }
};

class StateSaver : public StateVisitor {
  public:
    void words(std::string_view name, std::span<std::uint64_t> words) override;
    void list(std::string_view name, std::vector<std::uint64_t>& words) override;
    void bytes(std::string_view name, std::span<std::uint8_t> bytes) override;

    const std::vector<StateItem>& items() const { return items_; }

  private:
    std::vector<StateItem> items_;
};

// Takes items in the order they were saved in. What does not fit leaves the rest untouched.
class StateLoader : public StateVisitor {
  public:
    explicit StateLoader(std::span<const StateItem> items) : rest_(items) {}

    void words(std::string_view name, std::span<std::uint64_t> words) override;
    void list(std::string_view name, std::vector<std::uint64_t>& words) override;
    void bytes(std::string_view name, std::span<std::uint8_t> bytes) override;

    // After the visit: what did not fit, in words; empty if everything did.
    std::string error() const;

  private:
    const StateItem* take(std::string_view name);
    bool fits(std::string_view name, std::size_t saved, std::size_t expected);

    std::span<const StateItem> rest_;
    std::string error_;
};

}  // namespace dla
