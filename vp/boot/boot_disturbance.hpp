// SPDX-License-Identifier: Apache-2.0
// What --inject flips in a guest's DLAs, and what --coverage tells of the modes that it used. Costs
// nothing where neither is asked for.
//
//   auto watched = BootDisturbance::open(options, configs);      // before QEMU starts
//   watched->watch(i, dla);                                      // before the simulation starts
//   if (auto written = watched->finish(); !written) ...
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "vp/coverage/collector.hpp"
#include "vp/inject/inject_options.hpp"

namespace dla::vp {

class BootDisturbance {
  public:
    // coverage: file, may be empty.
    static Result<BootDisturbance> open(const inject::InjectOptions& options,
                                        const std::string& coverage,
                                        const std::vector<HardwareConfig>& configs);

    void watch(unsigned index, Dla& dla);
    // Writes what there is to write.
    Result<void> finish() const;

  private:
    std::vector<inject::InjectedRun> runs_;
    std::vector<std::unique_ptr<inject::Injector>> injectors_;
    std::string coverage_file_;
    std::unique_ptr<coverage::Model> model_;
    std::vector<std::unique_ptr<coverage::Collector>> collectors_;
};

}  // namespace dla::vp
