// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Whole networks by the host firmware on the DLA, against what RTL computed: the output of every
// layer, the output buffer and the cycles.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "firmware/port/host/host_driver.hpp"
#include "firmware/testing/test_task.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"
#include "trace-tests/format/data_file.hpp"
#include "vp/platform/platform.hpp"

namespace dla::firmware::testing {
namespace {

struct Golden {
    std::map<int, std::string> out_crc;               // by operation
    std::map<std::string, std::uint64_t> interrupts;  // cycle by operation and kind
    double cycles;                                    // first enable to last interrupt
};

constexpr const char* kInterrupts[] = {"weight_done", "data_done", "done"};

std::string interrupt_name(int operation, const char* kind) {
    return fmt::format("operation {} {}", operation, kind);
}

Golden read_golden(const std::string& folder, unsigned latency) {
    const YAML::Node file = YAML::LoadFile(folder + "/cycles.json");
    const YAML::Node task = file["runs"][fmt::format("axi_latency_{}", latency)]["tasks"][0];
    Golden golden;
    golden.cycles = task["cycles_first_enable_to_last_irq"].as<double>();
    for (const YAML::Node& layer : task["layers"]) {
        const int op = layer["op"].as<int>();
        if (layer["out_crc32"]) golden.out_crc[op] = layer["out_crc32"].as<std::string>();
        for (const char* kind : kInterrupts)
            if (layer[kind])
                golden.interrupts[interrupt_name(op, kind)] = layer[kind].as<std::uint64_t>();
    }
    return golden;
}

class NetworkRun : public HostSurroundings {
  public:
    NetworkRun(const std::string& name, const std::string& folder, const char* config,
               unsigned latency)
        : hardware(*builtin_config(config)),
          golden(read_golden(folder, latency)),
          platform((name + "_platform").c_str(), hardware, timing(latency)),
          driver((name + "_driver").c_str(), hardware, *this) {
        driver.csb.bind(platform.dla().csb);
        driver.irq.bind(platform.irq());
        const auto loadable =
            *runtime::read_loadable_file(runtime::files_below(folder, ".nvdla").front());
        const LoadedTask loaded = load_task(loadable, first_dla_task(loadable));
        for (const TaskMemory& memory : loaded.memories)
            place(memory.bus_address, memory.bytes);
        task.layout = loaded.layout;
        for (const std::size_t memory : loaded.addresses)
            task.addresses.push_back(
                {loaded.memories[memory].bus_address, loaded.memories[memory].bytes.size()});
        const auto input = runtime::bindable_memories(loadable, runtime::kMemoryInput).front();
        place(loaded.memories[input].bus_address, runtime::file_bytes(folder + "/input.bin"));
        output =
            loaded.memories[runtime::bindable_memories(loadable, runtime::kMemoryOutput).front()]
                .bus_address;
        softmax_follows = loadable.tasks.size() > 1;
        expected_output = runtime::file_bytes(folder + "/output.bin");
    }

    static TimingMode timing(unsigned latency) {
        TimingMode mode;
        mode.primary.read_latency = latency;
        mode.primary.write_latency = latency;
        return mode;
    }

    void place(std::uint64_t address, const std::vector<std::uint8_t>& contents) {
        const auto there = bytes(address, contents.size());
        std::copy(contents.begin(), contents.end(), there.begin());
    }
    std::span<std::uint8_t> bytes(std::uint64_t address, std::uint64_t size) override {
        vp::Memory* memory = platform.memory_at(address, size);
        return memory == nullptr ? std::span<std::uint8_t>() : memory->bytes(address, size);
    }
    bool moving() const override { return platform.dla().moving(); }
    std::string explain_hang() const override {
        std::string text;
        for (const WaitBoard::Entry& entry : platform.dla().waits().entries())
            text +=
                fmt::format("{} group {} waits for {}; ", entry.unit, entry.group, entry.reason);
        return text;
    }

    void layer_done(const LayerRecord& layer) override {
        const auto expected = golden.out_crc.find(layer.operation);
        if (expected == golden.out_crc.end()) return;
        ++layers_compared;
        const std::string found = fmt::format("{:08x}", trace::crc32(output_of(layer)));
        if (found != expected->second && wrong.empty())
            wrong = fmt::format("{} operation {}: {} instead of {}", name_of(layer.type),
                                layer.operation, found, expected->second);
    }

    // The destination cube, int8, packed in c, y, x order.
    std::vector<std::uint8_t> output_of(const LayerRecord& layer) {
        dla_network_desc network;
        copy(task.addresses[0].bus_address, &network, sizeof(network));
        const auto list = static_cast<std::size_t>(network.surface_desc_index);
        dla_surface surface;
        copy(task.addresses[list].bus_address +
                 static_cast<std::uint64_t>(layer.operation) * DLA_SURFACE_BYTES,
             &surface, sizeof(surface));
        const dla_data_cube& cube =
            layer.type == DLA_OP_SDP ? surface.sdp.dst : surface.two_cubes.dst;
        const std::uint64_t base =
            task.addresses[static_cast<std::size_t>(cube.address)].bus_address + cube.offset;
        const unsigned atom = hardware.memory_atom_bytes;
        std::vector<std::uint8_t> packed;
        for (unsigned c = 0; c < cube.channel; ++c)
            for (unsigned y = 0; y < cube.height; ++y)
                for (unsigned x = 0; x < cube.width; ++x)
                    packed.push_back(bytes(base + std::uint64_t{c / atom} * cube.surf_stride +
                                               std::uint64_t{y} * cube.line_stride + x * atom +
                                               c % atom,
                                           1)[0]);
        return packed;
    }

    HardwareConfig hardware;
    Golden golden;
    mutable vp::Platform platform;
    HostDriver driver;
    HostTask task;
    std::uint64_t output;
    bool softmax_follows;
    std::vector<std::uint8_t> expected_output;
    std::string wrong;
    std::size_t layers_compared = 0;
    TaskReport report;

  private:
    void copy(std::uint64_t address, void* dst, std::size_t size) {
        std::memcpy(dst, bytes(address, size).data(), size);
    }
};

std::map<std::string, std::uint64_t> interrupts_of(const TaskReport& report) {
    std::map<std::string, std::uint64_t> interrupts;
    for (const LayerRecord& layer : report.layers) {
        const std::optional<std::uint64_t> cycles[] = {layer.weight_done, layer.data_done,
                                                       layer.done};
        for (std::size_t i = 0; i < std::size(cycles); ++i)
            if (cycles[i]) interrupts[interrupt_name(layer.operation, kInterrupts[i])] = *cycles[i];
    }
    return interrupts;
}

// The first two interrupts that came the other way round; empty when the order is the RTL's. Those
// of one RTL cycle have no order.
std::string wrong_order(const std::map<std::string, std::uint64_t>& rtl,
                        const std::map<std::string, std::uint64_t>& model) {
    for (const auto& [early, early_cycle] : rtl) {
        for (const auto& [late, late_cycle] : rtl) {
            if (early_cycle >= late_cycle) continue;
            if (!model.contains(early) || !model.contains(late)) return "missing: " + early;
            if (model.at(early) > model.at(late))
                return fmt::format("{} at {} after {} at {}; RTL: {} and {}", early,
                                   model.at(early), late, model.at(late), early_cycle, late_cycle);
        }
    }
    return "";
}

void check(NetworkRun& run, const std::string& folder, unsigned latency) {
    INFO(folder << " latency " << latency);
    CHECK(run.wrong == "");
    CHECK(run.layers_compared == run.golden.out_crc.size());
    if (!run.softmax_follows) {
        const auto found = run.bytes(run.output, run.expected_output.size());
        CHECK(std::equal(found.begin(), found.end(), run.expected_output.begin()));
    }
    const auto cycles = static_cast<double>(run.report.last_interrupt - run.report.first_enable);
    const double error = 100 * (cycles / run.golden.cycles - 1);
    fmt::print("{}: {} layers, {:.0f} cycles, RTL {:.0f}, {:+.2f} %\n",
               folder.substr(folder.rfind('/') + 1), run.report.layers.size(), cycles,
               run.golden.cycles, error);
    CHECK(std::abs(error) < 1.5);
    CHECK(run.golden.interrupts.size() >= run.report.layers.size());
    CHECK(wrong_order(run.golden.interrupts, interrupts_of(run.report)) == "");
}

void run_all(const char* config, unsigned latency) {
    const std::string root = std::string("../shared/golden/networks/") + config;
    std::vector<std::string> folders;
    std::vector<std::unique_ptr<NetworkRun>> runs;
    for (const std::string& file : runtime::files_below(root, "cycles.json")) {
        folders.push_back(file.substr(0, file.rfind('/')));
        runs.push_back(std::make_unique<NetworkRun>(fmt::format("net{}", runs.size()),
                                                    folders.back(), config, latency));
    }
    // As on RTL: when the convolution buffer has been flushed.
    sc_core::sc_start(10110, sc_core::SC_NS);
    std::size_t finished = 0;
    for (const auto& run : runs)
        run->driver.post(run->task, [&run, &finished](Result<TaskReport> report) {
            INFO((report ? std::string() : report.error().message));
            CHECK(report);
            if (report) run->report = *report;
            ++finished;
        });
    sc_core::sc_start();
    CHECK(finished == runs.size());
    for (std::size_t i = 0; i < runs.size(); ++i)
        check(*runs[i], folders[i], latency);
}

}  // namespace

TEST_CASE("nv_small networks give the bits and cycles of RTL") {
    run_all("nv_small", 50);
}
TEST_CASE("nv_small networks give the bits and cycles of RTL with slow memory") {
    run_all("nv_small", 200);
}
TEST_CASE("nv_large networks give the bits and cycles of RTL") {
    run_all("nv_large", 50);
}
TEST_CASE("nv_large networks give the bits and cycles of RTL with slow memory") {
    run_all("nv_large", 200);
}

}  // namespace dla::firmware::testing
