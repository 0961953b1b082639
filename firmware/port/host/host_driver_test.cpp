// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// The firmware in SystemC: over the register accesses recorded on RTL, and over a real DLA.
#include "firmware/port/host/host_driver.hpp"

#include <fmt/format.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <memory>

#include "firmware/dla_registers.h"
#include "firmware/port/host/host_bench.hpp"
#include "firmware/testing/access_log.hpp"
#include "firmware/testing/network_builder.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

namespace dla::firmware::testing {
namespace {

class TaskSurroundings : public HostSurroundings {
  public:
    std::span<std::uint8_t> bytes(std::uint64_t bus_address, std::uint64_t size) override {
        for (TaskMemory& memory : memories) {
            if (bus_address < memory.bus_address) continue;
            const std::uint64_t offset = bus_address - memory.bus_address;
            if (offset + size <= memory.bytes.size())
                return std::span(memory.bytes).subspan(offset, size);
        }
        return {};
    }
    bool moving() const override { return is_moving(); }
    std::string explain_hang() const override { return "SDP waits for CACC"; }

    std::vector<TaskMemory> memories;
    std::function<bool()> is_moving = [] { return false; };
};

HostTask host_task(const LoadedTask& loaded) {
    HostTask task;
    task.layout = loaded.layout;
    for (const std::size_t memory : loaded.addresses)
        task.addresses.push_back(
            {loaded.memories[memory].bus_address, loaded.memories[memory].bytes.size()});
    return task;
}

// Answers like the recorded DLA and raises its interrupts when it did; notes accesses that come at
// another cycle.
class RecordedDla : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<RecordedDla> csb;
    sc_core::sc_out<bool> irq;

    RecordedDla(sc_core::sc_module_name name, AccessLog recorded)
        : sc_module(name), csb("csb"), irq("irq"), log_(std::move(recorded)) {
        csb.register_b_transport(this, &RecordedDla::b_transport);
        sc_core::sc_spawn([this] { raise_interrupts(); }, "interrupts");
    }

    bool at_end() const { return position_ == log_.accesses.size(); }
    bool moving() const { return rises_left_ > 0; }
    std::string difference;
    std::size_t accesses = 0;
    std::size_t other_cycle = 0;

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        if (at_end()) {
            difference = "more accesses than recorded";
            return;
        }
        const Access& recorded = log_.accesses[position_++];
        std::uint32_t value = recorded.value;
        if (payload.is_write()) std::memcpy(&value, payload.get_data_ptr(), sizeof(value));
        const Access found{payload.is_write() ? 'W' : 'R',
                           static_cast<std::uint32_t>(payload.get_address()), value, now()};
        if (difference.empty() && found.text() != recorded.text())
            difference = "recorded " + recorded.text() + ", found " + found.text();
        if (payload.is_read()) {
            std::memcpy(payload.get_data_ptr(), &value, sizeof(value));
        } else {
            // Reads are recorded when answered, so writes alone tell the time.
            ++accesses;
            other_cycle += found.cycle != recorded.cycle ? 1 : 0;
        }
        // Any clear drops the line; the record says when it rises again.
        if (payload.is_write() && (found.address & 0xfffu) == DLA_GLB_S_INTR_STATUS)
            lower_.notify();
    }

    void raise_interrupts() {
        rises_left_ = log_.interrupts.size();
        for (const std::uint64_t cycle : log_.interrupts) {
            while (now() < cycle) {
                sc_core::wait(sc_core::sc_time(static_cast<double>(cycle - now()), sc_core::SC_NS),
                              lower_);
                if (now() < cycle) irq.write(false);
            }
            irq.write(true);
            --rises_left_;
        }
        sc_core::wait(lower_);
        irq.write(false);
    }

    static std::uint64_t now() {
        return sc_core::sc_time_stamp().value() / sc_core::sc_time(1, sc_core::SC_NS).value();
    }

    AccessLog log_;
    std::size_t position_ = 0;
    std::size_t rises_left_ = 0;
    sc_core::sc_event lower_;
};

struct Replay {
    explicit Replay(const std::string& folder, const char* config) : log(read_access_log(folder)) {
        const auto files = runtime::files_below(folder, ".nvdla");
        const auto loadable = runtime::read_loadable_file(files.front());
        loaded = load_task(*loadable, first_dla_task(*loadable));
        hardware = *builtin_config(config);
        surroundings.memories = loaded.memories;
        task = host_task(loaded);
    }

    HardwareConfig hardware;
    AccessLog log;
    LoadedTask loaded;
    TaskSurroundings surroundings;
    HostTask task;
};

void replay_all(const char* config) {
    const std::string root = std::string("../shared/golden/networks/") + config;
    std::vector<std::unique_ptr<Replay>> replays;
    std::vector<std::unique_ptr<RecordedDla>> devices;
    std::vector<std::unique_ptr<HostDriver>> drivers;
    std::vector<std::unique_ptr<sc_core::sc_signal<bool>>> lines;
    std::vector<TaskReport> reports;
    for (const std::string& log : runtime::files_below(root, "csb.txt.gz")) {
        Replay& replay =
            *replays.emplace_back(std::make_unique<Replay>(log.substr(0, log.rfind('/')), config));
        const std::string number = std::to_string(replays.size());
        auto& line = *lines.emplace_back(std::make_unique<sc_core::sc_signal<bool>>());
        auto& device = *devices.emplace_back(
            std::make_unique<RecordedDla>(("dla" + number).c_str(), replay.log));
        replay.surroundings.is_moving = [&device] { return device.moving(); };
        auto& driver = *drivers.emplace_back(std::make_unique<HostDriver>(
            ("driver" + number).c_str(), replay.hardware, replay.surroundings));
        driver.csb.bind(device.csb);
        device.irq.bind(line);
        driver.irq.bind(line);
    }
    if (replays.empty()) return;
    // The records begin with the answer to the first read.
    const std::uint64_t first_answer = replays.front()->log.accesses.front().cycle;
    sc_core::sc_start(static_cast<double>(first_answer - csb::CsbTiming::kReadCycles - 1),
                      sc_core::SC_NS);
    for (std::size_t i = 0; i < drivers.size(); ++i)
        drivers[i]->post(replays[i]->task, [&reports](Result<TaskReport> report) {
            INFO((report ? std::string() : report.error().message));
            REQUIRE(report);
            reports.push_back(*report);
        });
    sc_core::sc_start();
    CHECK(reports.size() == drivers.size());
    std::size_t accesses = 0;
    std::size_t other_cycle = 0;
    for (const auto& device : devices) {
        INFO(device->name());
        CHECK(device->difference == "");
        CHECK(device->at_end());
        accesses += device->accesses;
        other_cycle += device->other_cycle;
    }
    INFO(other_cycle << " of " << accesses << " writes at another cycle");
    CHECK(other_cycle == 0);
}

}  // namespace

TEST_CASE("networks for nv_small take the bus accesses and cycles recorded on RTL") {
    replay_all("nv_small");
}

TEST_CASE("networks for nv_large take the bus accesses and cycles recorded on RTL") {
    replay_all("nv_large");
}

namespace {

// Puts a task's memories where their bus addresses say.
HostTask place(HostBench& bench, const LoadedTask& loaded) {
    for (const TaskMemory& memory : loaded.memories) {
        const auto there = bench.bytes(memory.bus_address, memory.bytes.size());
        std::copy(memory.bytes.begin(), memory.bytes.end(), there.begin());
    }
    return host_task(loaded);
}

LoadedTask hand_made(const NetworkBuilder& network) {
    struct Port : TaskPort {
        std::uint32_t read_register(std::uint32_t) override { return 0; }
        void write_register(std::uint32_t, std::uint32_t) override {}
    } port;
    network.fill(port);
    for (TaskMemory& memory : port.memories)
        memory.bytes.resize(NetworkBuilder::kMemoryBytes);
    return {port.memories, port.addresses, DLA_LAYOUT_B};
}

void fill_input(HostBench& bench) {
    const auto input = bench.bytes(
        NetworkBuilder::kBusAddress + NetworkBuilder::kInput * NetworkBuilder::kMemoryBytes, 128);
    for (std::size_t i = 0; i < input.size(); ++i)
        input[i] = static_cast<std::uint8_t>(i + 1);
}

bool copied(HostBench& bench, int operation) {
    const std::uint64_t base = NetworkBuilder::kBusAddress;
    const std::uint64_t size = NetworkBuilder::kMemoryBytes;
    const auto src = bench.bytes(base + NetworkBuilder::kInput * size, 128);
    const auto dst = bench.bytes(
        base + static_cast<std::uint64_t>(NetworkBuilder::kFirstOutput + operation) * size, 128);
    return std::equal(src.begin(), src.end(), dst.begin());
}

}  // namespace

TEST_CASE("copies run on the DLA and are recorded layer by layer") {
    HostBench bench("a");
    NetworkBuilder network(bench.hardware);
    for (int i = 0; i < 3; ++i)
        network.add(DLA_OP_BDMA);
    const HostTask task = place(bench, hand_made(network));
    fill_input(bench);
    std::vector<LayerRecord> layers;
    bench.driver.post(task, [&](Result<TaskReport> report) {
        REQUIRE(report);
        layers = report->layers;
        CHECK(report->interrupts >= 1);
        CHECK(report->first_enable < report->last_interrupt);
    });
    sc_core::sc_start();
    REQUIRE(layers.size() == 3);
    for (int i = 0; i < 3; ++i) {
        const LayerRecord& layer = layers[static_cast<std::size_t>(i)];
        CHECK(layer.operation == i);
        CHECK(layer.group == static_cast<unsigned>(i % 2));
        REQUIRE(layer.done);
        CHECK(*layer.done > layer.enabled());
        CHECK(copied(bench, i));
    }
}

TEST_CASE("two drivers on two DLAs do not disturb each other") {
    HostBench first("a");
    HostBench second("b");
    NetworkBuilder network(first.hardware);
    for (int i = 0; i < 4; ++i)
        network.add(DLA_OP_BDMA);
    int done = 0;
    for (HostBench* bench : {&first, &second}) {
        const HostTask task = place(*bench, hand_made(network));
        fill_input(*bench);
        bench->driver.post(task, [&done](Result<TaskReport> report) {
            REQUIRE(report);
            ++done;
        });
    }
    sc_core::sc_start();
    CHECK(done == 2);
    CHECK(copied(first, 3));
    CHECK(copied(second, 3));
}

TEST_CASE("after a refused task the driver reports it and runs the next") {
    HostBench bench("a");
    NetworkBuilder network(bench.hardware);
    network.add(DLA_OP_BDMA);
    const int bad = network.add(DLA_OP_PDP);
    network.operation(bad).pdp.stride_x = 16;
    const HostTask refused = place(bench, hand_made(network));
    std::string message;
    bool ran = false;
    bench.driver.post(refused, [&](Result<TaskReport> report) {
        REQUIRE_FALSE(report);
        message = report.error().message;
        NetworkBuilder good(bench.hardware);
        good.add(DLA_OP_BDMA);
        const HostTask task = place(bench, hand_made(good));
        fill_input(bench);
        bench.driver.post(task, [&](Result<TaskReport> next) {
            REQUIRE(next);
            ran = true;
        });
    });
    sc_core::sc_start();
    CHECK(message.find("PDP operation 1, ROI 0: stride_x is 16, legal 1..8") != std::string::npos);
    CHECK(bench.errors.size() == 1);
    CHECK(ran);
    CHECK(copied(bench, 0));
}

TEST_CASE("an operation that never ends is reported as a hang with what runs") {
    HostBench bench("a");
    NetworkBuilder network(bench.hardware);
    // Waits for a convolution that does not exist.
    const int sdp = network.add(DLA_OP_SDP);
    network.surface(sdp).sdp.src.type = DLA_MEMORY_HW;
    const HostTask task = place(bench, hand_made(network));
    std::string message;
    bench.driver.post(task, [&](Result<TaskReport> report) {
        REQUIRE_FALSE(report);
        message = report.error().message;
    });
    sc_core::sc_start();
    CHECK(message.find("the DLA hangs") == 0);
    CHECK(message.find("SDP operation 0 in group 0") != std::string::npos);
}

TEST_CASE("a task list that leads outside memory is refused") {
    HostBench bench("a");
    NetworkBuilder network(bench.hardware);
    network.add(DLA_OP_BDMA);
    const HostTask task = place(bench, hand_made(network));
    HostTask short_descriptor = task;
    short_descriptor.addresses[0].bytes = 39;
    HostTask outside_memory = task;
    outside_memory.addresses[0].bus_address = 0x100;
    int refused = 0;
    for (const HostTask& bad : {short_descriptor, outside_memory, HostTask{}})
        bench.driver.post(bad, [&](Result<TaskReport> report) { refused += report ? 0 : 1; });
    sc_core::sc_start();
    CHECK(refused == 3);
}

}  // namespace dla::firmware::testing
