// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// One task from start to end: completion, errors, clearing, regions of interest, statistics.
#include <fmt/format.h>

#include <cstring>

#include "firmware/dla_registers.h"
#include "firmware/engine/dla_port.h"
#include "firmware/testing/network_builder.hpp"
#include "firmware/testing/stub_dla.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

namespace dla::firmware::testing {
namespace {

using Step = StubDla::Step;

struct Bench {
    explicit Bench(const char* name = "nv_full")
        : hardware(*builtin_config(name)),
          config(engine_config(hardware, DLA_LAYOUT_B)),
          network(hardware),
          dla(hardware.address_map),
          engine(dla) {}

    // "" or the engine's sentence.
    std::string start(unsigned rois = 1) {
        network.fill(dla, rois);
        const auto started = engine.execute(config);
        return started ? "" : started.error().message;
    }
    std::string process() {
        engine.handle_interrupt();
        const auto done = engine.process_events();
        if (!done) return done.error().message;
        complete = *done;
        return "";
    }
    std::string run_to_end() {
        for (int i = 0; i < 1000 && !complete; ++i) {
            dla.finish_lowest();
            const std::string error = process();
            if (!error.empty()) return error;
        }
        return complete ? "" : "does not end";
    }
    std::size_t count(Step step) const {
        std::size_t n = 0;
        for (const auto& happening : dla.timeline)
            n += happening.step == step ? 1 : 0;
        return n;
    }

    HardwareConfig hardware;
    dla_config config;
    NetworkBuilder network;
    StubDla dla;
    Engine engine;
    bool complete = false;
};

// CONV and SDP fused, as compilers make them.
void add_pair(NetworkBuilder& network) {
    const int conv = network.add(DLA_OP_CONV);
    const int sdp = network.add(DLA_OP_SDP);
    network.depend(sdp, conv, DLA_EVENT_OP_PROGRAMMED);
    network.fuse(sdp, conv);
}

}  // namespace

TEST_CASE("a network without operations is complete at the first processing") {
    Bench bench;
    REQUIRE(bench.start() == "");
    CHECK(bench.process() == "");
    CHECK(bench.complete);
    CHECK(bench.dla.timeline.empty());
}

TEST_CASE("events of several units in one status read are all handled") {
    Bench bench;
    add_pair(bench.network);
    bench.network.add(DLA_OP_PDP);
    bench.network.add(DLA_OP_CDP);
    REQUIRE(bench.start() == "");
    for (const dla_op_type type : {DLA_OP_CONV, DLA_OP_SDP, DLA_OP_PDP, DLA_OP_CDP})
        bench.dla.finish(type);
    CHECK(bench.dla.interrupt_status() == 0x150015);
    CHECK(bench.process() == "");
    CHECK(bench.complete);
    CHECK(bench.dla.interrupt_status() == 0);
}

TEST_CASE("processing without a task or without news changes nothing") {
    Bench bench;
    const auto idle = bench.engine.process_events();
    REQUIRE(idle);
    CHECK_FALSE(*idle);
    bench.network.add(DLA_OP_PDP);
    REQUIRE(bench.start() == "");
    CHECK(bench.process() == "");
    CHECK_FALSE(bench.complete);
    CHECK(bench.run_to_end() == "");
}

TEST_CASE("a second task before the first is cleared is refused and does not disturb it") {
    Bench bench;
    bench.network.add(DLA_OP_PDP);
    REQUIRE(bench.start() == "");
    const auto second = bench.engine.execute(bench.config);
    REQUIRE_FALSE(second);
    CHECK(second.error().message.find("firmware error -12") != std::string::npos);
    CHECK(bench.run_to_end() == "");
}

TEST_CASE("after an error and a clear the next task runs, late interrupts are dropped") {
    Bench bench;
    add_pair(bench.network);
    const int pdp = bench.network.add(DLA_OP_PDP);
    bench.network.operation(pdp).pdp.stride_x = 16;
    CHECK(bench.start().find("stride_x is 16, legal 1..8") != std::string::npos);
    CHECK(bench.count(Step::kEnabled) == 2);  // they run on
    bench.engine.clear();
    while (bench.dla.running(DLA_OP_CONV) || bench.dla.running(DLA_OP_SDP)) {
        bench.dla.finish_lowest();
        CHECK(bench.process() == "");
        CHECK_FALSE(bench.complete);
    }
    bench.network.operation(pdp).pdp.stride_x = 1;
    REQUIRE(bench.start() == "");
    CHECK(bench.run_to_end() == "");
    CHECK(bench.dla.violations.empty());
}

TEST_CASE("a task runs again once its dependency list is restored") {
    Bench bench;
    for (int i = 0; i < 3; ++i)
        add_pair(bench.network);
    for (int run = 0; run < 3; ++run) {
        bench.complete = false;
        REQUIRE(bench.start() == "");
        CHECK(bench.run_to_end() == "");
        bench.engine.clear();
    }
    CHECK(bench.count(Step::kCompleted) == 18);
}

TEST_CASE("the counts in the dependency list are used up by a run") {
    Bench bench;
    add_pair(bench.network);
    REQUIRE(bench.start() == "");
    REQUIRE(bench.run_to_end() == "");
    const auto& list = bench.dla.memories[NetworkBuilder::kDependencies].bytes;
    CHECK(list[offsetof(dla_common_op_desc, dependency_count)] == 0);
    CHECK(list[sizeof(dla_common_op_desc) + offsetof(dla_common_op_desc, dependency_count)] == 0);
}

TEST_CASE("a graph that cannot finish is reported instead of waiting for ever") {
    Bench bench;
    const int first = bench.network.add(DLA_OP_PDP);
    const int second = bench.network.add(DLA_OP_CDP);
    SECTION("at the start") {
        bench.network.common(first).dependency_count = 1;
    }
    SECTION("at the end of what can run") {
        bench.network.common(second).dependency_count = 1;
    }
    std::string error = bench.start();
    if (error.empty()) error = bench.run_to_end();
    CHECK(error.find("the dependency graph cannot finish") != std::string::npos);
}

TEST_CASE("a BDMA operation without transfers completes by an interrupt of its own") {
    Bench bench;
    const int empty = bench.network.add(DLA_OP_BDMA);
    bench.network.surface(empty).bdma.num_transfers = 0;
    const int pdp = bench.network.add(DLA_OP_PDP);
    bench.network.depend(pdp, empty, DLA_EVENT_OP_COMPLETED);
    REQUIRE(bench.start() == "");
    CHECK(bench.dla.interrupt());
    CHECK(bench.run_to_end() == "");
    CHECK(bench.count(Step::kCompleted) == 1);
}

TEST_CASE("the second BDMA group is filled only when the first is launched") {
    Bench bench;
    const int first = bench.network.add(DLA_OP_BDMA);
    const int pdp = bench.network.add(DLA_OP_PDP);
    bench.network.depend(first, pdp, DLA_EVENT_OP_COMPLETED);
    bench.network.add(DLA_OP_BDMA);
    bench.network.add(DLA_OP_BDMA);
    REQUIRE(bench.start() == "");
    CHECK(bench.count(Step::kProgrammed) == 2);  // PDP and the first BDMA
    CHECK(bench.run_to_end() == "");
    CHECK(bench.count(Step::kCompleted) == 4);
}

TEST_CASE("every region of interest of every operation runs") {
    Bench bench;
    add_pair(bench.network);
    add_pair(bench.network);
    bench.network.network().num_rois = 3;
    REQUIRE(bench.start(3) == "");
    CHECK(bench.run_to_end() == "");
    CHECK(bench.count(Step::kCompleted) == 12);
}

TEST_CASE("under dynamic ROI the input layer reads its window of the input surface") {
    Bench bench;
    const int conv = bench.network.add(DLA_OP_CONV);
    auto& network = bench.network.network();
    network.dynamic_roi = 1;
    network.roi_array_index = NetworkBuilder::kRois;
    network.surface_index = NetworkBuilder::kInput;
    network.num_rois = 2;
    dla_conv_op_desc& picture = bench.network.operation(conv).conv;
    picture.data_format = 12;  // four bytes per pixel
    picture.input_channel_csc = picture.kernel_channel_csc = 4;
    picture.bytes_per_kernel = 4;
    bench.network.surface(conv).conv.src.channel = 4;
    bench.network.fill(bench.dla, 2);
    // One region: left 8, top 5, right 11, bottom 8.
    const std::uint32_t list[] = {1, 0, 8, 5, 11, 8};
    std::memcpy(bench.dla.memories[NetworkBuilder::kRois].bytes.data(), list, sizeof(list));
    REQUIRE(bench.engine.execute(bench.config));
    const std::uint32_t input =
        bench.dla.read_register(dla_unit_bases_nv_full[DLA_UNIT_CDMA] + DLA_CDMA_D_DAIN_ADDR_LOW_0);
    const std::uint32_t line = bench.network.surface(conv).conv.src.line_stride;
    CHECK(input == NetworkBuilder::kBusAddress +
                       NetworkBuilder::kInput * NetworkBuilder::kMemoryBytes + 5 * line + 8 * 4);
    CHECK(bench.run_to_end() == "");
    CHECK(bench.count(Step::kCompleted) == 1);
}

TEST_CASE("statistics of every operation land in the task's buffer") {
    Bench bench;
    const int sdp = bench.network.add(DLA_OP_SDP);
    const int bdma = bench.network.add(DLA_OP_BDMA);
    for (const dla_op_type type : {DLA_OP_CONV, DLA_OP_PDP, DLA_OP_CDP, DLA_OP_RUBIK})
        bench.network.add(type);
    bench.network.network().stat_list_index = NetworkBuilder::kStatistics;
    const std::uint32_t base = dla_unit_bases_nv_full[DLA_UNIT_SDP];
    for (const std::uint32_t group : {1u, 0u}) {
        bench.dla.write_register(base + DLA_SDP_S_POINTER, group);
        bench.dla.write_register(base + DLA_SDP_D_PERF_OUT_SATURATION, 0x70 + group);
    }
    REQUIRE(bench.start() == "");
    // Somebody looked at the other group meanwhile.
    bench.dla.write_register(base + DLA_SDP_S_POINTER, 1);
    REQUIRE(bench.run_to_end() == "");
    const auto word = [&bench](int op, unsigned position) {
        std::uint32_t value = 0;
        std::memcpy(&value,
                    bench.dla.memories[NetworkBuilder::kStatistics].bytes.data() +
                        static_cast<unsigned>(op) * DLA_STATISTICS_BYTES + position * 4,
                    sizeof(value));
        return value;
    };
    CHECK(word(sdp, 9) == 0x70);  // of the right group
    CHECK(word(sdp, 10) != 0);    // run time
    CHECK(word(bdma, 2) != 0);
}

TEST_CASE("a look-up table is not exchanged while the other group runs with another") {
    Bench bench;
    bench.network.add_lut();
    bench.network.add_lut();
    for (const int lut : {0, 1, 1, -1, 0}) {
        const int sdp = bench.network.add(DLA_OP_SDP);
        bench.network.operation(sdp).sdp.lut_index = static_cast<std::int16_t>(lut);
    }
    REQUIRE(bench.start() == "");
    CHECK(bench.count(Step::kEnabled) == 1);
    CHECK(bench.run_to_end() == "");
    CHECK(bench.dla.violations == std::vector<std::string>{});
}

TEST_CASE("PDP fed by SDP is enabled before it and uses no read DMA") {
    Bench bench;
    const int sdp = bench.network.add(DLA_OP_SDP);
    const int pdp = bench.network.add(DLA_OP_PDP);
    bench.network.surface(sdp).sdp.dst.type = DLA_MEMORY_HW;
    bench.network.surface(pdp).two_cubes.src.type = DLA_MEMORY_HW;
    bench.network.common(pdp).fused_parent = {static_cast<std::int16_t>(sdp), DLA_EVENT_OP_ENABLED,
                                              0};
    bench.network.common(sdp).dependency_count = 1;
    REQUIRE(bench.start() == "");
    CHECK(bench.dla.log.front() == "ENABLE PDP group 0");
    CHECK(bench.run_to_end() == "");
}

TEST_CASE("an operation released while it is programmed comes after all who waited for that") {
    Bench bench;
    const int rubik = bench.network.add(DLA_OP_RUBIK);
    const int pdp = bench.network.add(DLA_OP_PDP);
    const int cdp = bench.network.add(DLA_OP_CDP);
    bench.network.depend(pdp, rubik, DLA_EVENT_OP_PROGRAMMED);
    bench.network.depend(cdp, rubik, DLA_EVENT_OP_PROGRAMMED);
    bench.network.depend(rubik, pdp, DLA_EVENT_OP_ENABLED);
    REQUIRE(bench.start() == "");
    std::vector<dla_op_type> order;
    for (const auto& happening : bench.dla.timeline)
        if (happening.step == Step::kEnabled) order.push_back(happening.type);
    CHECK(order == std::vector{DLA_OP_PDP, DLA_OP_CDP, DLA_OP_RUBIK});
    CHECK(bench.run_to_end() == "");
}

TEST_CASE("old and new descriptors cause the same register accesses") {
    const auto files = runtime::files_below("../shared/loadables/kmd", "_fbuf");
    for (const std::string& path : files) {
        const auto loadable = runtime::read_loadable_file(path);
        REQUIRE(loadable);
        if (path.find("small") != std::string::npos || path.find("large") != std::string::npos)
            continue;
        std::vector<std::string> logs[2];
        for (const bool widened : {false, true}) {
            Bench bench;
            LoadedTask task = load_task(*loadable, first_dla_task(*loadable));
            REQUIRE(task.layout == DLA_LAYOUT_A);
            bench.dla.memories = task.memories;
            bench.dla.addresses = task.addresses;
            dla_network_desc network;
            REQUIRE(bench.dla.read_memory(0, 0, &network, sizeof(network)));
            for (std::uint16_t i = 0; widened && i < network.num_operations; ++i) {
                dla_common_op_desc common;
                dla_surface old_entry;
                dla_surface new_entry;
                const std::uint64_t at = std::uint64_t{i} * DLA_SURFACE_BYTES;
                REQUIRE(bench.dla.read_memory(network.dependency_graph_index, i * sizeof(common),
                                              &common, sizeof(common)));
                REQUIRE(bench.dla.read_memory(network.surface_desc_index, at, &old_entry,
                                              sizeof(old_entry)));
                dla_widen_surface(common.op_type, old_entry.bytes, &new_entry);
                REQUIRE(bench.dla.write_memory(network.surface_desc_index, at, &new_entry,
                                               sizeof(new_entry)));
            }
            bench.config.descriptor_layout = widened ? DLA_LAYOUT_B : DLA_LAYOUT_A;
            REQUIRE(bench.engine.execute(bench.config));
            REQUIRE(bench.run_to_end() == "");
            logs[widened] = bench.dla.log;
        }
        CHECK(logs[0] == logs[1]);
    }
}

TEST_CASE("two engines take turns without noticing each other") {
    Bench full("nv_full");
    Bench small("nv_small");
    Bench alone("nv_small");
    for (Bench* bench : {&full, &small, &alone})
        for (int i = 0; i < 5; ++i)
            add_pair(bench->network);
    REQUIRE(alone.start() == "");
    REQUIRE(alone.run_to_end() == "");
    REQUIRE(full.start() == "");
    REQUIRE(small.start() == "");
    while (!full.complete || !small.complete) {
        for (Bench* bench : {&full, &small}) {
            if (bench->complete) continue;
            REQUIRE(bench->dla.finish_lowest());
            REQUIRE(bench->process() == "");
        }
    }
    CHECK(small.dla.log == alone.dla.log);
}

TEST_CASE("drivers get engines from the pool, each its own, until it is empty") {
    std::vector<StubDla> devices(DLA_ENGINE_POOL_SIZE + 1, StubDla(regs::AddressMap::kNvFull));
    std::vector<void*> engines(devices.size(), nullptr);
    for (int i = 0; i < DLA_ENGINE_POOL_SIZE; ++i) {
        const auto at = static_cast<std::size_t>(i);
        REQUIRE(dla_register_driver(&engines[at], static_cast<EnginePort*>(&devices[at])) == 0);
        for (int k = 0; k < i; ++k)
            CHECK(engines[at] != engines[static_cast<std::size_t>(k)]);
    }
    void* again = nullptr;
    CHECK(dla_register_driver(&again, static_cast<EnginePort*>(&devices[1])) == 0);
    CHECK(again == engines[1]);
    CHECK(dla_register_driver(&again, static_cast<EnginePort*>(&devices.back())) ==
          -DLA_ERROR_NO_MEMORY);
    for (void* engine : engines)
        dla_unregister_driver(engine);
    CHECK(dla_register_driver(&again, static_cast<EnginePort*>(&devices.back())) == 0);
    dla_unregister_driver(again);
}

TEST_CASE("the published eight bytes of config_data choose the address map") {
    for (const bool full : {true, false}) {
        Bench bench(full ? "nv_full" : "nv_small");
        add_pair(bench.network);
        dla_config config{};
        config.atom_size = bench.hardware.memory_atom_bytes;
        config.bdma_enable = config.rubik_enable = config.weight_compress_support = full;
        // A caller of the published layout has no more than this.
        std::vector<std::uint64_t> published(1);
        std::memcpy(published.data(), &config, sizeof(std::uint64_t));
        bench.network.fill(bench.dla);
        std::vector<std::max_align_t> storage(dla_engine_size() / sizeof(std::max_align_t) + 1);
        REQUIRE(dla_engine_init(storage.data(), static_cast<EnginePort*>(&bench.dla)) == 0);
        REQUIRE(dla_execute_task(storage.data(), &bench, published.data()) == 0);
        std::uint32_t done = 0;
        while (done == 0 && bench.dla.finish_lowest()) {
            REQUIRE(dla_isr_handler(storage.data()) == 0);
            REQUIRE(dla_process_events(storage.data(), &done) == 0);
        }
        CHECK(done == 1);
        CHECK(bench.dla.violations.empty());
    }
}

TEST_CASE("calls without engine, task or configuration are errors") {
    Bench bench;
    std::vector<std::max_align_t> storage(dla_engine_size() / sizeof(std::max_align_t) + 1);
    REQUIRE(dla_engine_init(storage.data(), static_cast<EnginePort*>(&bench.dla)) == 0);
    std::uint32_t done = 0;
    CHECK(dla_isr_handler(storage.data()) == -DLA_ERROR_INVALID_INPUT);  // no address map yet
    CHECK(dla_execute_task(nullptr, &bench, &bench.config) == -DLA_ERROR_INVALID_INPUT);
    CHECK(dla_execute_task(storage.data(), nullptr, &bench.config) == -DLA_ERROR_INVALID_INPUT);
    CHECK(dla_execute_task(storage.data(), &bench, nullptr) == -DLA_ERROR_INVALID_INPUT);
    CHECK(dla_process_events(nullptr, &done) == -DLA_ERROR_INVALID_INPUT);
    CHECK(dla_process_events(storage.data(), nullptr) == -DLA_ERROR_INVALID_INPUT);
    CHECK(dla_register_driver(nullptr, nullptr) == -DLA_ERROR_INVALID_INPUT);
    dla_clear_task(nullptr);
    bench.config.atom_size = 7;
    CHECK(bench.start().find("atom_size is 7") != std::string::npos);
}

TEST_CASE("the deconvolution network is refused on nv_small after nine enables") {
    const std::string folder = "../shared/golden/networks/nv_small_negative/deconv";
    for (const std::string& path : runtime::files_below(folder, ".nvdla")) {
        const auto loadable = runtime::read_loadable_file(path);
        REQUIRE(loadable);
        Bench bench("nv_small");
        LoadedTask task = load_task(*loadable, first_dla_task(*loadable));
        bench.dla.memories = task.memories;
        bench.dla.addresses = task.addresses;
        const auto started = bench.engine.execute(bench.config);
        REQUIRE_FALSE(started);
        CHECK(started.error().message.find("this hardware has no Rubik unit") != std::string::npos);
        std::size_t enables = 0;
        for (const std::string& line : bench.dla.log)
            enables += line.starts_with("ENABLE") ? 1 : 0;
        CHECK(enables == 9);
    }
}

}  // namespace dla::firmware::testing
