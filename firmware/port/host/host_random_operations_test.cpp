// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// What the engine lets through must run: descriptors with some numbers changed at random are
// refused in words or end on the DLA, they never hang it.
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <random>

#include "firmware/port/host/host_bench.hpp"
#include "firmware/testing/network_builder.hpp"
#include "testing/catch.hpp"
#include "testing/random_runs.hpp"

namespace dla::firmware::testing {
namespace {

TimingMode without_timing() {
    TimingMode mode;
    mode.enabled = false;
    return mode;
}

HostTask place(HostBench& bench, const NetworkBuilder& network) {
    struct Port : TaskPort {
        std::uint32_t read_register(std::uint32_t) override { return 0; }
        void write_register(std::uint32_t, std::uint32_t) override {}
    } port;
    network.fill(port);
    HostTask task;
    for (const TaskMemory& memory : port.memories) {
        const auto there = bench.bytes(memory.bus_address, NetworkBuilder::kMemoryBytes);
        std::fill(there.begin(), there.end(), std::uint8_t{0});
        std::copy(memory.bytes.begin(), memory.bytes.end(), there.begin());
        task.addresses.push_back({memory.bus_address, NetworkBuilder::kMemoryBytes});
    }
    return task;
}

// A 4x4 picture under 1x1 kernels: four channels packed, or three in two planes.
void make_picture(NetworkBuilder& network, int index, bool planes) {
    dla_conv_op_desc& conv = network.operation(index).conv;
    dla_conv_surface_desc& surface = network.surface(index).conv;
    const std::uint16_t channels = planes ? 3 : 4;
    conv.data_format = planes ? 28 : 12;
    conv.input_channel_csc = conv.kernel_channel_csc = surface.src.channel = channels;
    conv.bytes_per_kernel = channels;
    conv.entry_per_slice = 2;
    conv.in_cvt = {.scale = 1, .truncate = 0, .enable = 1, .offset = 0};
    surface.src.line_stride = surface.in_line_uv_stride = 32;
    surface.offset_u_low = 512;
}

// One operation, with what it needs to end. Returns the one to spoil.
int add_operation(NetworkBuilder& network, dla_op_type type, std::mt19937& random) {
    const int index = network.add(type);
    if (type != DLA_OP_CONV) return index;
    if (random() % 3 == 0) make_picture(network, index, random() % 2 == 0);
    const int sdp = network.add(DLA_OP_SDP);
    network.fuse(sdp, index);
    return random() % 4 == 0 ? sdp : index;
}

// Small numbers more often than others: most fields have few legal values.
std::uint8_t some_byte(std::mt19937& random, std::uint8_t old) {
    switch (random() % 4) {
        case 0:
            return static_cast<std::uint8_t>(random() % 5);
        case 1:
            return static_cast<std::uint8_t>(old + 1 - 2 * (random() % 2));
        case 2:
            return static_cast<std::uint8_t>(old ^ (1u << random() % 8));
        default:
            return static_cast<std::uint8_t>(random() % 40);
    }
}

template <class Descriptor>
std::string spoil(Descriptor& descriptor, std::size_t bytes, const char* name,
                  std::mt19937& random) {
    std::array<std::uint8_t, sizeof(Descriptor)> raw{};
    std::memcpy(raw.data(), &descriptor, sizeof(descriptor));
    const std::size_t at = random() % bytes;
    const std::uint8_t old = raw[at];
    raw[at] = some_byte(random, old);
    std::memcpy(static_cast<void*>(&descriptor), raw.data(), sizeof(descriptor));
    return fmt::format(" {}[{}] {} -> {}", name, at, old, raw[at]);
}

std::size_t operation_bytes(dla_op_type type) {
    constexpr std::size_t kSizes[] = {sizeof(dla_bdma_op_desc), sizeof(dla_conv_op_desc),
                                      sizeof(dla_sdp_op_desc),  sizeof(dla_pdp_op_desc),
                                      sizeof(dla_cdp_op_desc),  sizeof(dla_rubik_op_desc)};
    return kSizes[type];
}

std::size_t surface_bytes(dla_op_type type) {
    constexpr std::size_t kSizes[] = {36,
                                      sizeof(dla_conv_surface_desc),
                                      sizeof(dla_sdp_surface_desc),
                                      sizeof(dla_two_cube_surface_desc),
                                      sizeof(dla_two_cube_surface_desc),
                                      sizeof(dla_two_cube_surface_desc)};
    return kSizes[type];
}

// Who feeds an operation and whom it feeds is the network's matter, and the platform's watchdog's.
void keep_connected(NetworkBuilder& network, int index) {
    union dla_surface& surface = network.surface(index);
    const bool fed = network.common(index).fused_parent.index >= 0;
    switch (network.common(index).op_type) {
        case DLA_OP_CONV:
            surface.conv.dst.type = DLA_MEMORY_HW;
            break;
        case DLA_OP_SDP:
            if (!fed && surface.sdp.src.type == DLA_MEMORY_HW) surface.sdp.src.type = DLA_MEMORY_MC;
            if (surface.sdp.dst.type == DLA_MEMORY_HW) surface.sdp.dst.type = DLA_MEMORY_MC;
            break;
        case DLA_OP_PDP:
            if (surface.two_cubes.src.type == DLA_MEMORY_HW)
                surface.two_cubes.src.type = DLA_MEMORY_MC;
            break;
        default:
            break;
    }
}

struct Tally {
    unsigned ran = 0;
    unsigned refused = 0;
    std::vector<std::string> hung;
};

Tally run_all(const std::string& config, unsigned runs, unsigned seed) {
    HostBench bench("dla", config, without_timing());
    std::mt19937 random(seed);
    Tally tally;
    sc_core::sc_spawn([&] {
        for (unsigned run = 0; run < runs; ++run) {
            NetworkBuilder network(bench.hardware);
            auto type = static_cast<dla_op_type>(random() % DLA_OP_TYPES);
            if (type == DLA_OP_BDMA && !bench.hardware.features.bdma) type = DLA_OP_CONV;
            if (type == DLA_OP_RUBIK && !bench.hardware.features.rubik) type = DLA_OP_SDP;
            const int spoilt = add_operation(network, type, random);
            type = static_cast<dla_op_type>(network.common(spoilt).op_type);
            std::string changes = name_of(type);
            for (unsigned i = 0; i <= random() % 3; ++i) {
                changes +=
                    random() % 3 != 0
                        ? spoil(network.operation(spoilt), operation_bytes(type), "op", random)
                        : spoil(network.surface(spoilt), surface_bytes(type), "surface", random);
            }
            keep_connected(network, spoilt);
            const auto done = bench.driver.run_task(place(bench, network));
            if (done) {
                ++tally.ran;
                continue;
            }
            if (done.error().message.starts_with("the DLA hangs"))
                tally.hung.push_back(changes + ": " + done.error().message);
            else
                ++tally.refused;
            bench.platform.dla().reset();
        }
        sc_core::sc_stop();
    });
    sc_core::sc_start();
    return tally;
}

void check_all(const std::string& config) {
    const Tally tally =
        run_all(config, dla::testing::random_runs(600), dla::testing::random_seed(1));
    std::string hung;
    for (const std::string& words : tally.hung)
        hung += words + "\n";
    CHECK(hung == "");
    CHECK(tally.ran > 50);
    CHECK(tally.refused > 50);
}

}  // namespace

TEST_CASE("changed descriptors are refused or run on nv_full") {
    check_all("nv_full");
}
TEST_CASE("changed descriptors are refused or run on nv_small") {
    check_all("nv_small");
}
TEST_CASE("changed descriptors are refused or run on nv_large") {
    check_all("nv_large");
}

}  // namespace dla::firmware::testing
