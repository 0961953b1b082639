// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/boot_disturbance.hpp"

#include <fmt/format.h>

#include "vp/text_file.hpp"

namespace dla::vp {
namespace {

Result<inject::InjectedRun> run_of(const inject::InjectOptions& options,
                                   const HardwareConfig& config, std::size_t index) {
    auto run = inject::injected_run(options, config, fmt::format("dla{}", index));
    if (!run) return run;
    for (const inject::FlipSpec& spec : run->specs)
        if (inject::is_memory(spec.place) && spec.numbers.count("address") == 0)
            return fail(fmt::format(
                "--inject {}: address=FIRST..LAST is missing; nobody tells here which of its "
                "memory the guest uses",
                spec.text));
    run->seed += index;
    run->told = [index](const inject::Flip& flip) {
        fmt::print(stderr, "dla-vp: dla{}: injected: {}\n", index, flip.text());
    };
    return run;
}

}  // namespace

Result<BootDisturbance> BootDisturbance::open(const inject::InjectOptions& options,
                                              const std::string& coverage,
                                              const std::vector<HardwareConfig>& configs) {
    BootDisturbance watched;
    if (configs.size() > 1 && !options.log.empty() && options.log.find("%n") == std::string::npos)
        return fail(
            fmt::format("--inject-log {}: {} DLAs have files of their own; put %n, the "
                        "name of the DLA, into it",
                        options.log, configs.size()));
    for (std::size_t i = 0; i < configs.size(); ++i) {
        auto run = run_of(options, configs[i], i);
        if (!run) return tl::unexpected(run.error());
        watched.runs_.push_back(std::move(*run));
    }
    watched.coverage_file_ = coverage;
    if (coverage.empty()) return watched;
    auto model = coverage::Model::load(coverage::coverage_yaml(), "coverage.yaml");
    if (!model) return tl::unexpected(model.error());
    watched.model_ = std::make_unique<coverage::Model>(std::move(*model));
    return watched;
}

void BootDisturbance::watch(unsigned index, Dla& dla) {
    injectors_.push_back(inject::start(dla, runs_[index], {}));
    if (!model_) return;
    collectors_.push_back(std::make_unique<coverage::Collector>(*model_));
    collectors_.back()->watch(dla);
}

Result<void> BootDisturbance::finish() const {
    for (std::size_t i = 0; i < injectors_.size(); ++i) {
        if (!injectors_[i]) continue;
        if (auto done = inject::write_log(runs_[i].log, injectors_[i]->flips()); !done) return done;
    }
    if (!model_) return {};
    coverage::Collected all;
    for (const auto& collector : collectors_)
        all.add(collector->collected());
    return write_text(coverage_file_, all.json());
}

}  // namespace dla::vp
