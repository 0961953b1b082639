// SPDX-License-Identifier: Apache-2.0
// What a campaign runs again and again: a trace or a compiled network. One run per process.
//
//   auto subject = trace_subject("conv.cfg", config, timing);
//   const Ending ending = (*subject)->run(injected, limits);
#pragma once

#include <memory>
#include <string>

#include "dla_tlm/common/timing_mode.hpp"
#include "vp/campaign/campaign.hpp"
#include "vp/campaign/run_watch.hpp"
#include "vp/infer/network_input.hpp"

namespace dla::vp::campaign {

struct Ending {
    enum class Kind : std::uint8_t {
        kEnded,  // output tells whether it is right
        kTold,   // software got an error
        kHang,
        kBroken  // could not be run
    };
    Kind kind = Kind::kEnded;
    std::string why{};
    std::string output{};  // equal where the run's output is
    Seen seen{};

    std::string json() const;
    static Result<Ending> parse(std::string_view text);
};

// The fate of a run beside that of one without a flip. Being told counts more than the watchdog,
// the watchdog more than the output.
RunRecord judge(const Ending& undisturbed, const Ending& ending);

class Subject {
  public:
    virtual ~Subject() = default;
    // Once per process.
    virtual Ending run(const inject::InjectedRun& injected, std::uint64_t hang_clocks) const = 0;
    // Of the files it reads; a campaign does not go on with others.
    virtual std::string identity() const = 0;
};

Result<std::unique_ptr<Subject>> trace_subject(const std::string& path,
                                               const HardwareConfig& config,
                                               const TimingMode& timing);
Result<std::unique_ptr<Subject>> network_subject(const std::string& loadable,
                                                 const NetworkInput& input,
                                                 const HardwareConfig& config,
                                                 const TimingMode& timing);

}  // namespace dla::vp::campaign
