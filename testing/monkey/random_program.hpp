// SPDX-License-Identifier: Apache-2.0
// What a monkey types: register accesses that are mostly legal offsets with any value, and whole
// layers of the trace generator with some values spoilt, so that units get beyond their checks.
//
//   RandomProgram program(config, seed);
//   for (;;) perform(program.next());
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "trace-tests/generator/generated_layer.hpp"
#include "trace-tests/generator/random.hpp"

namespace dla::testing {

struct MonkeyAccess {
    enum class Kind : std::uint8_t { kRead, kWrite };

    Kind kind = Kind::kWrite;
    std::uint64_t address = 0;  // byte offset in the register window, and beyond it
    std::uint32_t value = 0;
    unsigned size = 4;              // bytes
    std::uint64_t wait_cycles = 0;  // afterwards
    bool reset_before = false;
};

class RandomProgram {
  public:
    RandomProgram(const HardwareConfig& config, std::uint64_t seed);

    MonkeyAccess next();
    // What the layers of the generator read.
    const std::vector<trace::Image>& images() const { return images_; }

  private:
    std::uint64_t below(std::uint64_t limit) { return random_.next() % limit; }
    bool chance(unsigned one_in) { return below(one_in) == 0; }
    std::uint32_t any_value();
    std::uint32_t spoilt(std::uint32_t value);
    void add_layers(const HardwareConfig& config);
    void queue_layer();
    void queue_starts(const trace::GeneratedLayer& layer, std::uint32_t group);
    void queue_one();
    void queue_any_offset();
    void push_write(std::uint32_t address, std::uint32_t value) {
        queue_.push_back({.address = address, .value = value});
    }

    regs::AddressMap map_;
    trace::Random random_;
    std::vector<regs::RegisterPlace> registers_;
    std::vector<regs::RegisterPlace> enables_;  // whatever starts a unit
    std::vector<trace::GeneratedLayer> layers_;
    std::vector<trace::Image> images_;
    std::deque<MonkeyAccess> queue_;
};

}  // namespace dla::testing
