// SPDX-License-Identifier: Apache-2.0
// --inject, --inject-seed and --inject-log of a command that runs a DLA.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vp/inject/injector.hpp"
#include "vp/platform/platform.hpp"

namespace dla::vp::inject {

struct InjectOptions {
    std::vector<std::string> flips{};
    std::uint64_t seed = 1;
    std::string log{};  // CSV; empty: none
};

void add_inject_options(CLI::App& command, InjectOptions& options);
// What the options mean for the run of this name.
Result<InjectedRun> injected_run(const InjectOptions& options, const HardwareConfig& config,
                                 std::string_view run);

// Null, and at no cost, where nothing is to be flipped. Before the simulation starts.
std::unique_ptr<Injector> start(Dla& dla, const InjectedRun& run, UsedMemory used);
std::unique_ptr<Injector> start(Platform& platform, const InjectedRun& run);

// What memories of the platform hold something else than zeros, in whole pages.
UsedMemory used_memory(Platform& platform);

// The first ones in words, a line each, and how many more there were.
std::string in_words(std::span<const Flip> flips);
Result<void> write_log(const std::string& file, std::span<const Flip> flips);

}  // namespace dla::vp::inject
