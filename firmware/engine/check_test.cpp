// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// What the engine refuses: every check by name, with its sentence, and no register written for it.
#include <fmt/format.h>

#include <functional>

#include "firmware/testing/bad_operations.hpp"
#include "firmware/testing/stub_dla.hpp"
#include "testing/catch.hpp"

namespace dla::firmware::testing {
namespace {

bool enables_or_programs(const StubDla& dla) {
    return !dla.timeline.empty();
}

}  // namespace

TEST_CASE(
    "an operation the hardware could not do is refused with a sentence before it is programmed") {
    for (const BadOperation& bad : bad_operations()) {
        const HardwareConfig hardware = *builtin_config(bad.config);
        NetworkBuilder network(hardware);
        const int op = network.add(bad.type);
        bad.spoil(network, network.operation(op), network.surface(op));
        StubDla dla(hardware.address_map);
        network.fill(dla);
        Engine engine(dla);
        INFO(bad.config << " " << name_of(bad.type) << ": " << bad.sentence);
        const auto started = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
        REQUIRE_FALSE(started);
        INFO(started.error().message);
        CHECK(started.error().message.find("firmware error -3") == 0);
        CHECK(started.error().message.find(bad.sentence) != std::string::npos);
        CHECK(dla.errors.size() == 1);
        const bool found_after_programming =
            started.error().message.find("waits for nothing more") != std::string::npos;
        CHECK(enables_or_programs(dla) == found_after_programming);
    }
}

namespace {

struct BadNetwork {
    std::function<void(NetworkBuilder&, TaskPort&)> spoil;
    const char* sentence;
};

}  // namespace

TEST_CASE("a network descriptor that leads nowhere is refused with a sentence") {
    using Builder = NetworkBuilder;
    const auto field = [](auto member, auto value) {
        return [member, value](Builder& network, TaskPort& port) {
            network.network().*member =
                static_cast<std::remove_reference_t<decltype(network.network().*member)>>(value);
            network.fill(port);
        };
    };
    const std::vector<BadNetwork> all = {
        {field(&dla_network_desc::operation_desc_index, 90), "operation list is address index 90"},
        {field(&dla_network_desc::surface_desc_index, -1), "surface list is address index -1"},
        {field(&dla_network_desc::dependency_graph_index, 900), "dependency list is address"},
        {field(&dla_network_desc::stat_list_index, 90), "statistics list is address index 90"},
        {field(&dla_network_desc::num_rois, 0), "0 regions of interest, legal 1..127"},
        {field(&dla_network_desc::num_rois, 128), "128 regions of interest"},
        {field(&dla_network_desc::dynamic_roi, 1), "region list is address index -1"},
        {[](Builder& network, TaskPort& port) {
             network.network().op_head[DLA_OP_CDP] = 1;
             network.fill(port);
         },
         "the first CDP operation is 1, legal -1..0"},
        {[](Builder& network, TaskPort& port) {
             network.add_lut();
             network.network().lut_data_index = -7;
             network.fill(port);
         },
         "LUT list is address index -7"},
        {[](Builder& network, TaskPort& port) {
             network.network().dynamic_roi = 1;
             network.network().roi_array_index = Builder::kRois;
             network.fill(port);
         },
         "the list has 0 regions of interest, legal 1..1"},
        {[](Builder& network, TaskPort& port) {
             network.network().dynamic_roi = 1;
             network.network().roi_array_index = Builder::kRois;
             network.fill(port);
             port.memories[Builder::kRois].bytes[0] = 1;
         },
         "the input surface is address index -1"},
        {[](Builder& network, TaskPort& port) {
             network.network().dynamic_roi = 1;
             network.network().roi_array_index = Builder::kRois;
             network.network().surface_index = Builder::kInput;
             network.fill(port);
             auto& bytes = port.memories[Builder::kRois].bytes;
             bytes[0] = 1;
             bytes[8] = 4;  // left 4, right 0
         },
         "region of interest 4..0 by 0..0 is empty"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.memories[Builder::kNetwork].bytes.resize(39);
         },
         "cannot read the network descriptor"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.memories[Builder::kDependencies].bytes.resize(35);
         },
         "cannot read its dependency entry"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.memories[Builder::kOperations].bytes.resize(100);
         },
         "cannot read its operation entry"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.memories[Builder::kSurfaces].bytes.clear();
         },
         "cannot read its surface entry"},
        {[](Builder& network, TaskPort& port) {
             network.fill(port);
             port.addresses.clear();
         },
         "the network's descriptor is address index 0"},
    };
    for (const BadNetwork& bad : all) {
        const HardwareConfig hardware = *builtin_config("nv_full");
        NetworkBuilder network(hardware);
        network.add(DLA_OP_PDP);
        StubDla dla(hardware.address_map);
        bad.spoil(network, dla);
        Engine engine(dla);
        INFO(bad.sentence);
        const auto started = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
        REQUIRE_FALSE(started);
        INFO(started.error().message);
        CHECK(started.error().message.find(bad.sentence) != std::string::npos);
        CHECK_FALSE(enables_or_programs(dla));
    }
}

TEST_CASE("what one operation passes on must be what the next expects") {
    const HardwareConfig hardware = *builtin_config("nv_full");
    enum Difference { kSize, kMemory, kBatch, kMode };
    const auto refusal = [&](Difference difference) {
        NetworkBuilder network(hardware);
        const int conv = network.add(DLA_OP_CONV);
        const int sdp = network.add(DLA_OP_SDP);
        network.fuse(sdp, conv);
        dla_sdp_surface_desc& surface = network.surface(sdp).sdp;
        if (difference == kSize) surface.src.width = surface.dst.width = 3;
        if (difference == kMemory) network.surface(conv).conv.dst.type = DLA_MEMORY_MC;
        if (difference == kBatch) network.operation(conv).conv.batch = 3;
        if (difference == kMode) network.operation(sdp).sdp.conv_mode = DLA_CONV_WINOGRAD;
        StubDla dla(hardware.address_map);
        network.fill(dla);
        Engine engine(dla);
        const auto started = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
        return started ? std::string() : started.error().message;
    };
    CHECK(refusal(kSize).find("SDP operation 1, ROI 0: src is 3x4x8 and dst of the operation that "
                              "feeds it 4x4x8, but they must be equal") != std::string::npos);
    CHECK(refusal(kMemory).find("src comes on the fly from CONV operation 0, whose dst type is "
                                "0") != std::string::npos);
    CHECK(refusal(kBatch).find("SDP operation 1, ROI 0: batch_num is 1 and conv_mode 0, CONV "
                               "operation 0 has 3 and 0") != std::string::npos);
    CHECK(refusal(kMode).find("batch_num is 1 and conv_mode 1, CONV operation 0 has 1 and 0") !=
          std::string::npos);
}

TEST_CASE("a convolution is not programmed into a group that still runs") {
    const HardwareConfig hardware = *builtin_config("nv_full");
    NetworkBuilder network(hardware);
    network.add(DLA_OP_CONV);
    StubDla dla(hardware.address_map);
    network.fill(dla);
    Engine engine(dla);
    REQUIRE(engine.execute(engine_config(hardware, DLA_LAYOUT_B)));
    engine.clear();  // the hardware does not know
    const auto again = engine.execute(engine_config(hardware, DLA_LAYOUT_B));
    REQUIRE_FALSE(again);
    CHECK(again.error().message.find("is not idle in group 0 (status 1)") != std::string::npos);
}

}  // namespace dla::firmware::testing
