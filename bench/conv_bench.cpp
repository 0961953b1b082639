// SPDX-License-Identifier: Apache-2.0
// Convolution speed, layer by layer: the bare kernels here, oneDNN's int8 convolution on the same
// machine and threads, and the machine's peak.
//
//   conv_bench --threads 1
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <systemc>

#include "bench/kernel_convolution.hpp"
#include "bench/onednn_convolution.hpp"
#include "bench/whole_layer.hpp"
#include "dla_tlm/cmac/dot_kernels.hpp"

namespace {

using namespace dla;
using namespace dla::bench;

struct Totals {
    double macs = 0;
    double int8 = 0;
    double int16 = 0;
    double int16_small = 0;
    double onednn = 0;
    double whole = 0;
};

void print_header() {
    fmt::print("{:<24}{:>8}{:>8}{:>8}{:>10}{:>8}{:>9}{:>8}{:>9}{:>8}{:>11}{:>10}{:>7}\n", "layer",
               "MMAC", "int8", "/oneDNN", "+packing", "int16", "/oneDNN", "small", "/oneDNN",
               "oneDNN", "int8/peak", "platform", "/int8");
}

void run_layer(const BenchLayer& layer, unsigned threads, WorkerPool* pool, double peak,
               Totals& totals) {
    const double macs = layer.macs();
    const KernelTimes int8 = kernel_times(layer, Precision::kInt8, Range::kFull, pool);
    const KernelTimes int16 = kernel_times(layer, Precision::kInt16, Range::kFull, pool);
    const KernelTimes small = kernel_times(layer, Precision::kInt16, Range::kSmall, pool);
    const double other = onednn_seconds(layer, threads);
    const double with_packing = int8.convolve + int8.input + int8.weights + int8.deliver;
    const auto rate = [&](double seconds) { return macs / seconds * 1e-9; };
    const double whole =
        whole_layer_time(layer, threads, false).value_or(WholeLayerTime{1e9, 1e9}).wall;
    fmt::print(
        "{:<24}{:>8.1f}{:>8.1f}{:>8.2f}{:>10.1f}{:>8.1f}{:>9.2f}{:>8.1f}{:>9.2f}{:>8.1f}{:>11.2f}"
        "{:>10.1f}{:>7.2f}\n",
        layer.name, macs * 1e-6, rate(int8.convolve), other / int8.convolve, rate(with_packing),
        rate(int16.convolve), other / int16.convolve, rate(small.convolve), other / small.convolve,
        rate(other), macs / int8.convolve / peak, rate(whole), int8.convolve / whole);
    totals.macs += macs;
    totals.int8 += int8.convolve;
    totals.int16 += int16.convolve;
    totals.int16_small += small.convolve;
    totals.onednn += other;
    totals.whole += whole;
}

}  // namespace

int sc_main(int argc, char** argv) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    CLI::App app("Convolution speed in 10^9 multiply-adds per second");
    unsigned threads = 1;
    app.add_option("--threads", threads, "worker threads, this one included")
        ->check(CLI::Range(1, 256));
    CLI11_PARSE(app, argc, argv);
    WorkerPool pool(threads);
    const double peak = peak_int8_rate() * threads;
    fmt::print("kernels: {}; threads: {}; peak: {:.1f} GMAC/s int8\n",
               cmac::best_dot_kernels().name, threads, peak * 1e-9);
    print_header();
    Totals totals;
    for (const BenchLayer& layer : kResnetLayers)
        run_layer(layer, threads, threads > 1 ? &pool : nullptr, peak, totals);
    const auto rate = [&](double seconds) { return totals.macs / seconds * 1e-9; };
    fmt::print(
        "all layers: int8 {:.1f} ({:.2f} of oneDNN), int16 {:.1f} ({:.2f}), int16 small "
        "{:.1f} ({:.2f}), oneDNN {:.1f}, platform {:.1f} ({:.2f} of int8) GMAC/s\n",
        rate(totals.int8), totals.onednn / totals.int8, rate(totals.int16),
        totals.onednn / totals.int16, rate(totals.int16_small), totals.onednn / totals.int16_small,
        rate(totals.onednn), rate(totals.whole), totals.int8 / totals.whole);
    return 0;
}

int main(int argc, char** argv) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return sc_core::sc_elab_and_sim(argc, argv);
}
