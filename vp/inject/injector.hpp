// SPDX-License-Identifier: Apache-2.0
// Flips bits of a DLA while it runs, as the specs say, each spec by a process of its own. The same
// specs, seed and run give the same flips. A run without an injector costs nothing.
//
//   Injector injector(dla, specs, {.seed = 1, .used = used_memory(platform)});   // at elaboration
//   sc_core::sc_start();
//   for (const Flip& flip : injector.flips()) ...
#pragma once

#include <functional>
#include <vector>

#include "trace-tests/generator/random.hpp"
#include "vp/inject/flips.hpp"

namespace dla::vp::inject {

// Bytes of memory that hold something.
struct Stretch {
    std::uint64_t address;
    std::uint64_t bytes;
};
using UsedMemory = std::function<std::vector<Stretch>(bool second)>;

struct InjectorOptions {
    std::uint64_t seed = 1;
    UsedMemory used{};                        // to draw addresses from; may be empty
    std::function<void(const Flip&)> told{};  // at every flip; may be empty
};

// What one run is to suffer, and where its flips are written.
struct InjectedRun {
    std::vector<FlipSpec> specs{};
    std::uint64_t seed = 1;
    std::string log{};                        // CSV; empty: none
    std::function<void(const Flip&)> told{};  // at every flip; may be empty
};

class Injector {
  public:
    Injector(Dla& dla, std::vector<FlipSpec> specs, InjectorOptions options);
    Injector(const Injector&) = delete;
    Injector& operator=(const Injector&) = delete;

    const std::vector<Flip>& flips() const { return flips_; }

  private:
    // What is drawn for one spec.
    struct Source {
        FlipSpec spec;
        trace::Random random;
        std::vector<RegisterBit> bits{};
        std::vector<Stretch> stretches{};
        std::uint64_t looked_at = 0;  // cycle of the stretches
    };

    void run(Source& source);
    bool wait_for(std::uint64_t cycle);
    void flip(Source& source);
    Flip flip_any(Source& source);
    Flip flip_any_table(Source& source);
    Flip flip_any_sum(Source& source);
    Flip flip_any_memory(Source& source, bool second);

    Dla& dla_;
    InjectorOptions options_;
    std::vector<Source> sources_;
    std::vector<Flip> flips_;
};

}  // namespace dla::vp::inject
