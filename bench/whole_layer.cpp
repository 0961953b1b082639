// SPDX-License-Identifier: Apache-2.0
#include "bench/whole_layer.hpp"

#include <fmt/format.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <span>

#include "bench/layer_program.hpp"
#include "dla_tlm/csb_master/csb_access.hpp"
#include "vp/platform/platform.hpp"
#include "vp/trace_jobs.hpp"

namespace dla::bench {
namespace {

using Clock = std::chrono::steady_clock;

double processor_seconds() {
    timespec spent{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

// Software's side of the platform: writes registers, waits for SDP's interrupt.
class LayerDriver : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<LayerDriver> csb;

    LayerDriver(sc_core::sc_module_name name, const BenchLayer& layer, Precision precision,
                vp::Platform& platform)
        : sc_module(name), csb("csb"), layer_(layer), precision_(precision), platform_(platform) {
        csb.bind(platform.dla().csb);
        sc_core::sc_spawn([this] { run(); });
    }

    const WholeLayerTime& best() const { return best_; }

  private:
    void run() {
        constexpr int kRounds = 25;
        const HardwareConfig& config = platform_.dla().config();
        constexpr std::uint32_t kAllButSdp = ~3u;
        write("GLB", "S_INTR_MASK", kAllButSdp);
        unsigned group = 0;
        for (int round = 0; round < kRounds; ++round) {
            WholeLayerTime spent;
            for (const Strip& strip : strips(layer_, precision_, config)) {
                const auto program = program_strip(layer_, precision_, strip, group, config);
                for (const auto& [address, value, mask] : program.writes())
                    write(address, value);
                run_layer(spent);
                group ^= 1;
            }
            best_.wall = std::min(best_.wall, spent.wall);
            best_.processor = std::min(best_.processor, spent.processor);
        }
        sc_core::sc_stop();
    }

    void run_layer(WholeLayerTime& spent) {
        for (const char* unit : {"SDP", "CACC", "CMAC_A", "CMAC_B", "CSC"})
            write(unit, "D_OP_ENABLE", 1);
        const auto start = Clock::now();
        const double processor = processor_seconds();
        write("CDMA", "D_OP_ENABLE", 1);
        while (!platform_.irq().read())
            sc_core::wait(platform_.irq().posedge_event());
        spent.wall += std::chrono::duration<double>(Clock::now() - start).count();
        spent.processor += processor_seconds() - processor;
        write("GLB", "S_INTR_STATUS", ~0u);
        while (platform_.irq().read())
            sc_core::wait(platform_.irq().negedge_event());
    }

    void write(const char* unit, const char* reg, std::uint32_t value) {
        write(addresses_.address(unit, reg), value);
    }
    void write(std::uint32_t address, std::uint32_t value) {
        sc_core::wait(csb::access(csb, tlm::TLM_WRITE_COMMAND, address, value).delay);
    }

    const BenchLayer& layer_;
    Precision precision_;
    vp::Platform& platform_;
    trace::RegisterProgram addresses_{platform_.dla().config().address_map};
    WholeLayerTime best_{1e9, 1e9};
};

// Random bytes; fp16: exponents of 2^-4 to 2^1.
void fill(std::span<std::uint8_t> memory, Precision precision) {
    std::uint32_t random = 1;
    for (std::size_t i = 0; i + 1 < memory.size(); i += 2) {
        random = random * 1664525u + 1013904223u;
        auto word = static_cast<std::uint16_t>(random >> 16);
        if (precision == Precision::kFp16)
            word = static_cast<std::uint16_t>((word & 0x83ff) | (11 + word / 1024 % 6) << 10);
        std::memcpy(&memory[i], &word, sizeof word);
    }
}

WholeLayerTime simulate(const BenchLayer& layer, Precision precision, unsigned threads,
                        bool timing) {
    TimingMode mode;
    mode.enabled = timing;
    mode.threads = threads;
    vp::Platform platform("platform", *builtin_config("nv_full"), mode);
    fill(platform.main_memory().bytes(kInputAddress, kMemoryBytes), precision);
    LayerDriver driver("driver", layer, precision, platform);
    sc_core::sc_start();
    return driver.best();
}

}  // namespace

std::optional<WholeLayerTime> whole_layer_time(const BenchLayer& layer, Precision precision,
                                               unsigned threads, bool timing) {
    // A process of its own: SystemC elaborates once.
    constexpr double kMostSeconds = 60;
    std::optional<WholeLayerTime> time;
    vp::run_jobs(
        1, {.parallel = 1, .timeout_s = kMostSeconds},
        [&](std::size_t) {
            const WholeLayerTime best = simulate(layer, precision, threads, timing);
            return fmt::format("{} {}", best.wall, best.processor);
        },
        [&](std::size_t, const vp::JobResult& result) {
            WholeLayerTime best;
            if (result.failure.empty() &&
                std::sscanf(result.output.c_str(), "%lf %lf", &best.wall, &best.processor) == 2)
                time = best;
        });
    return time;
}

}  // namespace dla::bench
