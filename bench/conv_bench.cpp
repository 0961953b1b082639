// SPDX-License-Identifier: Apache-2.0
// Convolution speed, layer by layer: the bare kernels here, oneDNN's int8 convolution on the same
// machine and threads, and the machine's peak.
//
//   conv_bench --threads 1 --repeat 5 --only "1x1 64-"
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <systemc>

#include "bench/kernel_convolution.hpp"
#include "bench/onednn_convolution.hpp"
#include "bench/whole_layer.hpp"
#include "dla_tlm/cmac/dot_kernels.hpp"

namespace {

using namespace dla;
using namespace dla::bench;

// Seconds of one layer, or of all.
struct Times {
    double int8 = 0;
    double with_packing = 0;
    double int16 = 0;
    double int16_small = 0;
    double onednn = 0;
    double whole = 0;
};

constexpr double Times::*kTimes[] = {&Times::int8,        &Times::with_packing, &Times::int16,
                                     &Times::int16_small, &Times::onednn,       &Times::whole};

void print_header() {
    fmt::print("{:<24}{:>8}{:>8}{:>8}{:>10}{:>8}{:>9}{:>8}{:>9}{:>8}{:>11}{:>10}{:>7}\n", "layer",
               "MMAC", "int8", "/oneDNN", "+packing", "int16", "/oneDNN", "small", "/oneDNN",
               "oneDNN", "int8/peak", "platform", "/int8");
}

// Wall time; a failed simulation shows as a rate of zero.
double whole_layer_seconds(const BenchLayer& layer, Precision precision, unsigned threads) {
    constexpr WholeLayerTime kFailed{1e9, 1e9};
    return whole_layer_time(layer, precision, threads, false).value_or(kFailed).wall;
}

Times measure(const BenchLayer& layer, unsigned threads, WorkerPool* pool) {
    const KernelTimes int8 = kernel_times(layer, Precision::kInt8, Range::kFull, pool);
    return {.int8 = int8.convolve,
            .with_packing = int8.convolve + int8.input + int8.weights + int8.deliver,
            .int16 = kernel_times(layer, Precision::kInt16, Range::kFull, pool).convolve,
            .int16_small = kernel_times(layer, Precision::kInt16, Range::kSmall, pool).convolve,
            .onednn = onednn_seconds(layer, threads),
            .whole = whole_layer_seconds(layer, Precision::kInt8, threads)};
}

void print_layer(const BenchLayer& layer, const Times& times, double peak) {
    const auto rate = [&](double seconds) { return layer.macs() / seconds * 1e-9; };
    fmt::print(
        "{:<24}{:>8.1f}{:>8.1f}{:>8.2f}{:>10.1f}{:>8.1f}{:>9.2f}{:>8.1f}{:>9.2f}{:>8.1f}{:>11.2f}"
        "{:>10.1f}{:>7.2f}\n",
        layer.name, layer.macs() * 1e-6, rate(times.int8), times.onednn / times.int8,
        rate(times.with_packing), rate(times.int16), times.onednn / times.int16,
        rate(times.int16_small), times.onednn / times.int16_small, rate(times.onednn),
        layer.macs() / times.int8 / peak, rate(times.whole), times.int8 / times.whole);
}

void print_all(const Times& times, double macs) {
    const auto rate = [&](double seconds) { return macs / seconds * 1e-9; };
    fmt::print(
        "all layers: int8 {:.1f} ({:.2f} of oneDNN), int16 {:.1f} ({:.2f}), int16 small "
        "{:.1f} ({:.2f}), oneDNN {:.1f}, platform {:.1f} ({:.2f} of int8) GMAC/s\n",
        rate(times.int8), times.onednn / times.int8, rate(times.int16), times.onednn / times.int16,
        rate(times.int16_small), times.onednn / times.int16_small, rate(times.onednn),
        rate(times.whole), times.int8 / times.whole);
}

struct Options {
    unsigned threads = 1;
    unsigned repeat = 1;
    std::string only;
};

bool selected(const Options& options, const BenchLayer& layer) {
    return std::string_view(layer.name).find(options.only) != std::string_view::npos;
}

// Round after round over all layers, the best of each: a busy moment spoils one round of a layer,
// not its ratios.
void run_layers(const Options& options) {
    WorkerPool pool(options.threads);
    const double peak = peak_int8_rate() * options.threads;
    fmt::print("kernels: {}; threads: {}; peak: {:.1f} GMAC/s int8\n",
               cmac::best_dot_kernels().name, options.threads, peak * 1e-9);
    std::array<std::optional<Times>, kResnetLayers.size()> best;
    for (unsigned round = 0; round < options.repeat; ++round)
        for (std::size_t i = 0; i < best.size(); ++i) {
            const BenchLayer& layer = kResnetLayers[i];
            if (!selected(options, layer)) continue;
            const Times times =
                measure(layer, options.threads, options.threads > 1 ? &pool : nullptr);
            if (!best[i]) best[i] = times;
            for (const auto member : kTimes)
                (*best[i]).*member = std::min((*best[i]).*member, times.*member);
        }
    print_header();
    Times all;
    double macs = 0;
    for (std::size_t i = 0; i < best.size(); ++i) {
        if (!best[i]) continue;
        print_layer(kResnetLayers[i], *best[i], peak);
        macs += kResnetLayers[i].macs();
        for (const auto member : kTimes)
            all.*member += (*best[i]).*member;
    }
    print_all(all, macs);
}

// Bare kernel and whole layers of all ResNet layers with one and with two threads.
void compare_threads(Precision precision, const char* name) {
    constexpr unsigned kThreads = 2;
    WorkerPool pool(kThreads);
    double bare[2] = {};
    double whole[2] = {};
    double macs = 0;
    for (const BenchLayer& layer : kResnetLayers) {
        if (layer.image) continue;
        macs += layer.macs();
        for (unsigned i = 0; i < 2; ++i) {
            bare[i] +=
                kernel_times(layer, precision, Range::kFull, i == 0 ? nullptr : &pool).convolve;
            whole[i] += whole_layer_seconds(layer, precision, i + 1);
        }
    }
    const auto rate = [&](double seconds) { return macs / seconds * 1e-9; };
    fmt::print("{:<8}{:>12.1f}{:>12.1f}{:>8.2f}{:>14.1f}{:>12.1f}{:>8.2f}{:>14.2f}\n", name,
               rate(bare[0]), rate(bare[1]), bare[0] / bare[1], rate(whole[0]), rate(whole[1]),
               whole[0] / whole[1], bare[0] / whole[0]);
}

void compare_threads() {
    fmt::print("\nall layers but the first, GMAC/s with one and two threads\n");
    fmt::print("{:<8}{:>12}{:>12}{:>8}{:>14}{:>12}{:>8}{:>14}\n", "", "bare 1", "bare 2", "2/1",
               "platform 1", "platform 2", "2/1", "platform/bare");
    compare_threads(Precision::kInt8, "int8");
    compare_threads(Precision::kInt16, "int16");
    compare_threads(Precision::kFp16, "fp16");
}

}  // namespace

int sc_main(int argc, char** argv) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    CLI::App app("Convolution speed in 10^9 multiply-adds per second");
    Options options;
    app.add_option("--threads", options.threads, "worker threads, this one included")
        ->check(CLI::Range(1, 256));
    app.add_option("--repeat", options.repeat, "rounds; the best one counts")
        ->check(CLI::Range(1, 1000));
    app.add_option("--only", options.only,
                   "only layers with this text in their names, threads not compared");
    CLI11_PARSE(app, argc, argv);
    if (std::ranges::none_of(kResnetLayers, [&](const auto& l) { return selected(options, l); })) {
        fmt::print(stderr, "conv_bench: --only {}: no layer has this in its name\n", options.only);
        return 2;
    }
    run_layers(options);
    if (options.only.empty()) compare_threads();
    return 0;
}

int main(int argc, char** argv) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return sc_core::sc_elab_and_sim(argc, argv);
}
