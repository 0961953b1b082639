// SPDX-License-Identifier: Apache-2.0
// dla-timing-report: errors of the timing functions against the golden cycle counts.
#include <fmt/format.h>

#include "vp/timing_report/prediction.hpp"

int main(int argc, char** argv) {
    using namespace dla;
    using namespace dla::vp;
    const std::string golden = argc > 1 ? argv[1] : "../shared/golden";
    fmt::print("set,config,name,kind,latency,wlatency,gap,limit,unit,rtl,model,length\n");
    const auto print = [](const char* set, const std::string& name, const HardwareConfig& config,
                          const Result<std::vector<GoldenRun>>& runs) {
        if (!runs) {
            fmt::print(stderr, "{}\n", runs.error().message);
            return;
        }
        for (const GoldenRun& run : *runs) {
            const auto predicted = predict(run, config);
            for (const auto& [unit, cycle] : run.done) {
                const auto found = predicted.find(unit);
                if (found == predicted.end()) continue;
                fmt::print("{},{},{},{},{},{},{},{},{},{},{},{}\n", set, name, run.name, run.kind,
                           run.memory.read_latency, run.memory.write_latency,
                           run.memory.beat_interval, run.memory.outstanding, unit, cycle,
                           found->second, run.length());
            }
        }
    };
    for (const char* name : {"nv_small", "nv_small_master", "nv_small_256", "nv_large"}) {
        const HardwareConfig config = *builtin_config(name);
        print("timing", name, config, read_timing_runs(golden + "/timing", name, config));
    }
    for (const char* name : {"nv_small", "nv_large"}) {
        const HardwareConfig config = *builtin_config(name);
        print("functional", name, config, read_functional_runs(golden + "/" + name, config));
    }
    return 0;
}
