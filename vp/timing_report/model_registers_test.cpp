// SPDX-License-Identifier: Apache-2.0
// What software sees of time: performance registers and the order of interrupts, against RTL; and
// that time changes no bit and never varies.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <sstream>
#include <vector>

#include "dla_regs/cdma_regs.hpp"
#include "testing/catch.hpp"
#include "vp/platform/platform.hpp"
#include "vp/timing_report/error_statistics.hpp"
#include "vp/timing_report/golden_runs.hpp"
#include "vp/trace_jobs.hpp"
#include "vp/trace_run.hpp"

using namespace dla;
using namespace dla::vp;

namespace {

const std::string kGolden = "../shared/golden";

bool present(const std::string& folder) {
    if (std::filesystem::exists(folder)) return true;
    std::cout << "skipped: " << folder << " not present\n";
    return false;
}

// The measurements begin with CBUF flushed.
HardwareConfig flushed(const std::string& name) {
    HardwareConfig config = *builtin_config(name);
    config.cbuf.flush_cycles = 1;
    return config;
}

struct Counts {
    std::uint32_t data_stall = 0;
    std::uint32_t weight_stall = 0;
    std::uint32_t data_latency = 0;
};

// CDMA's registers of group 0 after a trace, in a process of its own.
std::string counters_of(const std::string& trace, const MemoryTiming& memory,
                        const HardwareConfig& config) {
    TraceRunOptions options;
    options.timing.primary = memory;
    std::string text;
    options.after = [&](Platform& platform) {
        namespace r = regs::cdma;
        const RegisterFile& file = platform.dla().unit("CDMA")->registers();
        text = fmt::format("{} {} {}", file.value(0, r::DPerfDatReadStall::kRegister),
                           file.value(0, r::DPerfWtReadStall::kRegister),
                           file.value(0, r::DPerfDatReadLatency::kRegister));
    };
    const trace::Outcome outcome = run_trace(trace, config, options);
    return outcome.verdict == trace::Verdict::kPass ? text : outcome.detail;
}

Counts parsed(const std::string& text) {
    std::istringstream words(text);
    Counts counts;
    CHECK(bool(words >> counts.data_stall >> counts.weight_stall >> counts.data_latency));
    return counts;
}

// In per cent of the register; a few cycles are small change.
void compare(ErrorStatistics& errors, const std::string& name, std::uint32_t model,
             std::uint32_t rtl) {
    constexpr double kSmallChange = 50;
    const double difference = static_cast<double>(model) - static_cast<double>(rtl);
    errors.add(name, 100 * difference / std::max(kSmallChange, static_cast<double>(rtl)));
}

void print(const char* what, const ErrorStatistics& errors) {
    std::cout << fmt::format("{}: {} runs, median {:.2f} %, p90 {:.2f} %, worst {:.2f} % ({})\n",
                             what, errors.count(), errors.median(), errors.percentile90(),
                             errors.worst(), errors.worst_name());
}

struct CounterErrors {
    ErrorStatistics data_stall;
    ErrorStatistics weight_stall;
    ErrorStatistics data_latency;

    // The most that median and 90th percentile of the data stalls and the median of the latencies
    // may be.
    void check(const std::string& what, double median, double percentile90,
               double latency_median = 1) {
        print((what + " data stall").c_str(), data_stall);
        print((what + " weight stall").c_str(), weight_stall);
        print((what + " data latency").c_str(), data_latency);
        CHECK(data_stall.median() < median);
        CHECK(data_stall.percentile90() < percentile90);
        CHECK(weight_stall.median() < 0.1);
        CHECK(weight_stall.percentile90() < 5);
        CHECK(data_latency.median() < latency_median);
        CHECK(data_latency.percentile90() < 5);
    }
};

}  // namespace

TEST_CASE("CDMA's performance registers hold what RTL's hold") {
    if (!present(kGolden + "/timing")) return;
    for (const char* name : {"nv_small", "nv_small_master", "nv_small_256", "nv_large"}) {
        INFO(name);
        const HardwareConfig config = flushed(name);
        auto runs = read_timing_runs(kGolden + "/timing", name, config);
        REQUIRE(runs);
        std::erase_if(*runs, [](const GoldenRun& run) {
            return run.kind == "conv2" || !run.counters.contains("CDMA.D_PERF_DAT_READ_STALL");
        });
        CHECK(runs->size() > 80);
        CounterErrors errors;
        run_jobs(
            runs->size(), {.parallel = 2, .timeout_s = 60},
            [&](std::size_t i) { return counters_of((*runs)[i].trace, (*runs)[i].memory, config); },
            [&](std::size_t i, const JobResult& job) {
                const GoldenRun& run = (*runs)[i];
                INFO(run.name << ": " << job.output << job.failure);
                const Counts model = parsed(job.output);
                const auto rtl = [&](const char* reg) {
                    return run.counters.at(std::string("CDMA.D_PERF_") + reg);
                };
                const std::string where =
                    fmt::format("{} at L = {}", run.name, run.memory.read_latency);
                compare(errors.data_stall, where, model.data_stall, rtl("DAT_READ_STALL"));
                compare(errors.weight_stall, where, model.weight_stall, rtl("WT_READ_STALL"));
                compare(errors.data_latency, where, model.data_latency, rtl("DAT_READ_LATENCY"));
            });
        errors.check(name, 0.1, 5);
    }
}

TEST_CASE("and on the layers of the functional set") {
    if (!present(kGolden + "/nv_small")) return;
    const HardwareConfig config = flushed("nv_small");
    auto traces = read_functional_traces(kGolden + "/nv_small");
    REQUIRE(traces);
    std::erase_if(*traces, [](const FunctionalTrace& trace) {
        return !trace.registers.contains("CDMA.D_PERF_DAT_READ_STALL") ||
               trace.interrupts.size() > 1;
    });
    CHECK(traces->size() >= 20);
    CounterErrors errors;
    run_jobs(
        traces->size(), {.parallel = 2, .timeout_s = 60},
        [&](std::size_t i) { return counters_of((*traces)[i].trace, {}, config); },
        [&](std::size_t i, const JobResult& job) {
            const FunctionalTrace& trace = (*traces)[i];
            INFO(trace.name << ": " << job.output << job.failure);
            const Counts model = parsed(job.output);
            const auto rtl = [&](const char* reg) {
                return trace.registers.at(std::string("CDMA.D_PERF_") + reg);
            };
            compare(errors.data_stall, trace.name, model.data_stall, rtl("DAT_READ_STALL"));
            compare(errors.weight_stall, trace.name, model.weight_stall, rtl("WT_READ_STALL"));
            compare(errors.data_latency, trace.name, model.data_latency, rtl("DAT_READ_LATENCY"));
        });
    errors.check("functional", 3, 25, 2.5);
}

namespace {

// Status bits in the order in which GLB sets them.
class RaiseOrder : public EventSink {
  public:
    void on_interrupt(const InterruptEvent& event) override {
        const std::uint32_t visible = event.status & ~event.mask;
        for (unsigned bit = 0; bit < 32; ++bit)
            if (((visible & ~before_) >> bit & 1) != 0) order_ += fmt::format("{} ", bit);
        before_ = visible;
    }
    const std::string& order() const { return order_; }

  private:
    std::uint32_t before_ = 0;
    std::string order_;
};

// Status bits of a trace in order, or why it did not pass.
std::string order_of(const std::string& trace, const HardwareConfig& config,
                     const TimingMode& timing) {
    TraceRunOptions options;
    options.timing = timing;
    RaiseOrder order;
    options.listeners = {&order};
    const trace::Outcome outcome = run_trace(trace, config, options);
    return outcome.verdict == trace::Verdict::kPass ? order.order() : outcome.detail;
}

// Whether the bits, as text, come as the RTL's do; those of one RTL cycle have no order.
template <class Interrupts>
bool in_order_of(const std::string& text, const Interrupts& interrupts) {
    std::istringstream words(text);
    std::vector<unsigned> bits{std::istream_iterator<unsigned>(words), {}};
    if (bits.size() != interrupts.size()) return false;
    std::vector<unsigned> expected;
    for (std::size_t first = 0, last = 0; first < interrupts.size(); first = last) {
        const auto cycle = interrupts[first].second;
        for (; last < interrupts.size() && interrupts[last].second == cycle; ++last)
            expected.push_back(interrupts[last].first);
        const auto from = static_cast<std::ptrdiff_t>(first);
        const auto to = static_cast<std::ptrdiff_t>(last);
        std::sort(bits.begin() + from, bits.begin() + to);
        std::sort(expected.begin() + from, expected.end());
    }
    return bits == expected;
}

}  // namespace

TEST_CASE("interrupts come in RTL's order: chains, both groups, parallel units") {
    for (const char* name : {"nv_small", "nv_large"}) {
        const std::string folder = kGolden + "/" + name;
        if (!present(folder)) return;
        const HardwareConfig config = *builtin_config(name);
        const auto traces = read_functional_traces(folder);
        REQUIRE(traces);
        run_jobs(
            traces->size(), {.parallel = 2, .timeout_s = 60},
            [&](std::size_t i) { return order_of((*traces)[i].trace, config, {}); },
            [&](std::size_t i, const JobResult& job) {
                INFO((*traces)[i].name << " " << job.failure);
                CHECK(in_order_of(job.output, (*traces)[i].interrupts));
            });
    }
}
