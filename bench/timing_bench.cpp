// SPDX-License-Identifier: Apache-2.0
// What counting cycles costs: the convolutions of a ResNet-50 on the whole platform with timing on
// and off, in processor time.
//
//   timing_bench --threads 1
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <systemc>

#include "bench/whole_layer.hpp"

namespace {

using namespace dla::bench;
using dla::Precision;

// How often a ResNet-50 runs each of kResnetLayers (or a layer of the same size).
constexpr std::array kTimes{1, 1, 3, 4, 2, 1, 3, 3, 4, 6, 5, 6, 3, 2};
static_assert(kTimes.size() == kResnetLayers.size());

}  // namespace

int sc_main(int argc, char** argv) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    CLI::App app("Processor time of convolutions with timing on and off");
    unsigned threads = 1;
    app.add_option("--threads", threads, "worker threads, this one included")
        ->check(CLI::Range(1, 256));
    CLI11_PARSE(app, argc, argv);
    fmt::print("{:<24}{:>6}{:>10}{:>10}{:>8}\n", "layer", "times", "off ms", "on ms", "on/off");
    double all_off = 0;
    double all_on = 0;
    for (std::size_t i = 0; i < kResnetLayers.size(); ++i) {
        const BenchLayer& layer = kResnetLayers[i];
        const auto off = whole_layer_time(layer, Precision::kInt8, threads, false);
        const auto on = whole_layer_time(layer, Precision::kInt8, threads, true);
        if (!off || !on) {
            fmt::print("{:<24} failed\n", layer.name);
            return 1;
        }
        fmt::print("{:<24}{:>6}{:>10.3f}{:>10.3f}{:>8.2f}\n", layer.name, kTimes[i],
                   1000 * off->processor, 1000 * on->processor, on->processor / off->processor);
        all_off += kTimes[i] * off->processor;
        all_on += kTimes[i] * on->processor;
    }
    fmt::print("{:<24}{:>6}{:>10.3f}{:>10.3f}{:>8.2f}\n", "all", "", 1000 * all_off, 1000 * all_on,
               all_on / all_off);
    return 0;
}

int main(int argc, char** argv) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return sc_core::sc_elab_and_sim(argc, argv);
}
