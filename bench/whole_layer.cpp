// SPDX-License-Identifier: Apache-2.0
#include "bench/whole_layer.hpp"

#include <fmt/format.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <chrono>
#include <cstdlib>

#include "bench/layer_program.hpp"
#include "vp/platform/platform.hpp"
#include "vp/trace_jobs.hpp"

namespace dla::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Software's side of the platform: writes registers, waits for SDP's interrupt.
class LayerDriver : public sc_core::sc_module {
  public:
    tlm_utils::simple_initiator_socket<LayerDriver> csb;

    LayerDriver(sc_core::sc_module_name name, const BenchLayer& layer, vp::Platform& platform)
        : sc_module(name), csb("csb"), layer_(layer), platform_(platform) {
        csb.bind(platform.dla().csb);
        sc_core::sc_spawn([this] { run(); });
    }

    double best_seconds() const { return best_; }

  private:
    void run() {
        constexpr int kRounds = 25;
        const HardwareConfig& config = platform_.dla().config();
        constexpr std::uint32_t kAllButSdp = ~3u;
        write("GLB", "S_INTR_MASK", kAllButSdp);
        unsigned group = 0;
        for (int round = 0; round < kRounds; ++round) {
            double seconds = 0;
            for (const Strip& strip : strips(layer_, config)) {
                const auto program = program_strip(layer_, strip, group, config);
                for (const auto& [address, value, mask] : program.writes())
                    write(address, value);
                seconds += run_layer();
                group ^= 1;
            }
            best_ = std::min(best_, seconds);
        }
        sc_core::sc_stop();
    }

    double run_layer() {
        for (const char* unit : {"SDP", "CACC", "CMAC_A", "CMAC_B", "CSC"})
            write(unit, "D_OP_ENABLE", 1);
        const auto start = Clock::now();
        write("CDMA", "D_OP_ENABLE", 1);
        while (!platform_.irq().read())
            sc_core::wait(platform_.irq().posedge_event());
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        write("GLB", "S_INTR_STATUS", ~0u);
        while (platform_.irq().read())
            sc_core::wait(platform_.irq().negedge_event());
        return seconds;
    }

    void write(const char* unit, const char* reg, std::uint32_t value) {
        write(addresses_.address(unit, reg), value);
    }
    void write(std::uint32_t address, std::uint32_t value) {
        tlm::tlm_generic_payload payload;
        payload.set_command(tlm::TLM_WRITE_COMMAND);
        payload.set_address(address);
        payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
        payload.set_data_length(sizeof(value));
        payload.set_streaming_width(sizeof(value));
        sc_core::sc_time delay;
        csb->b_transport(payload, delay);
        sc_core::wait(delay);
    }

    const BenchLayer& layer_;
    vp::Platform& platform_;
    trace::RegisterProgram addresses_{platform_.dla().config().address_map};
    double best_ = 1e9;
};

double simulate(const BenchLayer& layer, unsigned threads) {
    TimingMode mode;
    mode.enabled = false;
    mode.threads = threads;
    vp::Platform platform("platform", *builtin_config("nv_full"), mode);
    std::uint32_t random = 1;
    for (std::uint8_t& byte : platform.main_memory().bytes(kInputAddress, kMemoryBytes)) {
        random = random * 1664525u + 1013904223u;
        byte = static_cast<std::uint8_t>(random >> 24);
    }
    LayerDriver driver("driver", layer, platform);
    sc_core::sc_start();
    return driver.best_seconds();
}

}  // namespace

std::optional<double> whole_layer_seconds(const BenchLayer& layer, unsigned threads) {
    // A process of its own: SystemC elaborates once.
    constexpr double kMostSeconds = 60;
    std::optional<double> seconds;
    vp::run_jobs(
        1, {.parallel = 1, .timeout_s = kMostSeconds},
        [&](std::size_t) { return fmt::format("{}", simulate(layer, threads)); },
        [&](std::size_t, const vp::JobResult& result) {
            if (result.failure.empty()) seconds = std::atof(result.output.c_str());
        });
    return seconds;
}

}  // namespace dla::bench
