// SPDX-License-Identifier: Apache-2.0
#include "runtime/builder/network_builder.hpp"

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/show/show.hpp"
#include "testing/catch.hpp"

using namespace dla;
using namespace dla::runtime;

namespace {

HardwareConfig config(const std::string& name) {
    return builtin_config(name).value();
}

Weights weights(unsigned k, unsigned c, unsigned size) {
    return {.k = k,
            .c = c,
            .r = size,
            .s = size,
            .values = std::vector<std::int16_t>(std::size_t{k} * c * size * size, 1)};
}

DlaTask built(const NetworkBuilder& net) {
    const auto loadable = net.build();
    REQUIRE((loadable ? "" : loadable.error().message) == "");
    const auto again = read_loadable(write_loadable(*loadable));
    REQUIRE((again ? "" : again.error().message) == "");
    return decode_dla_task(*again, 0).value();
}

const Consumer& consumer(const DlaTask& task, std::size_t op, OpType type) {
    return task.operations[op].common.consumers[static_cast<std::size_t>(type)];
}

}  // namespace

TEST_CASE("a convolution and its SDP are enabled last to first") {
    NetworkBuilder net(config("nv_small"), Precision::kInt8);
    const TensorId in = net.feature_input("in", {8, 8, 16});
    net.output(net.convolution(in, {.weights = weights(24, 16, 3)}, {}), "out");
    const DlaTask task = built(net);
    REQUIRE(task.operations.size() == 2);
    CHECK(consumer(task, 0, OpType::kSdp).event == DependencyEvent::kProgrammed);
    CHECK(task.operations[1].common.fused_parent.event == DependencyEvent::kEnabled);
    CHECK(task.operations[0].common.dependency_count == 1);
    CHECK(task.operations[1].common.dependency_count == 1);
    const Conv& conv = std::get<Conv>(task.operations[0].body);
    CHECK(conv.input_width_cmac == 6);
    CHECK(conv.bytes_per_kernel == 144);
    CHECK(conv.weight.size == 24 * 144);
    CHECK(conv.release == 8);
    CHECK(std::get<Sdp>(task.operations[1].body).dst.channel == 24);
}

TEST_CASE("a chain has the dependencies that compilers give it") {
    NetworkBuilder net(config("nv_small"), Precision::kInt8);
    const TensorId in = net.feature_input("in", {8, 8, 8});
    const TensorId a = net.convolution(in, {.weights = weights(8, 8, 1)}, {});
    const TensorId b = net.convolution(a, {.weights = weights(8, 8, 1)}, {});
    const TensorId c = net.pooling(b, {.stride_x = 2, .stride_y = 2});
    net.output(net.pooling(c, {}), "out");
    const DlaTask task = built(net);
    CHECK(consumer(task, 0, OpType::kConv).event == DependencyEvent::kProgrammed);
    CHECK(consumer(task, 1, OpType::kConv).event == DependencyEvent::kCompleted);
    CHECK(task.operations[2].common.dependency_count == 3);
    CHECK(consumer(task, 3, OpType::kPdp).event == DependencyEvent::kCompleted);
    CHECK(consumer(task, 4, OpType::kPdp).event == DependencyEvent::kCompleted);
    CHECK(task.network.op_head[static_cast<std::size_t>(OpType::kPdp)] == 4);
    CHECK(task.network.op_head[static_cast<std::size_t>(OpType::kCdp)] == -1);
}

TEST_CASE("a shortcut past one convolution follows from the ping-pong order") {
    NetworkBuilder net(config("nv_small"), Precision::kInt8);
    const TensorId in = net.feature_input("in", {8, 8, 8});
    const TensorId a = net.convolution(in, {.weights = weights(8, 8, 1)}, {});
    const TensorId b = net.convolution(a, {.weights = weights(8, 8, 1)}, {});
    net.output(net.convolution(b, {.weights = weights(8, 8, 1)},
                               {.x2 = SdpStage{.alu = true, .tensor = a}}),
               "out");
    const DlaTask task = built(net);
    const Sdp& last = std::get<Sdp>(task.operations[5].body);
    CHECK(last.x2.mode == kPerPoint);
    CHECK(last.x2_data.address == std::get<Sdp>(task.operations[1].body).dst.address);
}

TEST_CASE("an order that the consumer slots cannot hold is refused in words") {
    NetworkBuilder net(config("nv_small"), Precision::kInt8);
    const TensorId in = net.feature_input("in", {8, 8, 8});
    const TensorId a = net.pooling(in, {});
    net.output(net.convolution(a, {.weights = weights(8, 8, 1)}, {}), "one");
    // Reads the pooling's result through SDP: the pooling has a slot for it.
    net.output(net.sdp(a, {}), "two");
    CHECK(net.build().has_value());
    net.output(net.convolution(a, {.weights = weights(8, 8, 1)}, {}), "three");
    CHECK(net.build().error().message ==
          "operation 4 reads the result of operation 0, whose consumer slot for CONV is taken");
}

TEST_CASE("what a configuration lacks is told with the operation") {
    NetworkBuilder net(config("nv_small"), Precision::kInt8);
    const TensorId in = net.feature_input("in", {8, 8, 32});
    net.output(net.contract(in, 2, 2), "out");
    CHECK(net.build().error().message == "operation 0: nv_small has no RUBIK");
    CHECK(NetworkBuilder(config("nv_small"), Precision::kFp16).build().error().message ==
          "operation 0: nv_small has no such precision");
}

TEST_CASE("pooling wider than the line buffer is split") {
    NetworkBuilder net(config("nv_small"), Precision::kInt8);
    const TensorId in = net.feature_input("in", {260, 4, 8});
    net.output(net.pooling(in, {.stride_x = 2, .stride_y = 2}), "out");
    const DlaTask task = built(net);
    const Pdp& pdp = std::get<Pdp>(task.operations[0].body);
    CHECK(pdp.split_num == 2);
    CHECK(pdp.partial_width_first == 65);
    CHECK(pdp.partial_width_last == 65);
    CHECK(pdp.partial_in_width_first == 130);
    CHECK(pdp.partial_in_width_last == 130);
}

TEST_CASE("a built loadable is shown like any other") {
    NetworkBuilder net(config("nv_full"), Precision::kFp16);
    const TensorId in = net.image_input("picture", 16, 16);
    const TensorId conv = net.convolution(in, {.weights = weights(10, 4, 16)}, {});
    net.output(net.softmax(conv), "prob");
    const auto loadable = net.build();
    REQUIRE(loadable.has_value());
    const std::string text = describe(*loadable, false);
    CHECK(text.find("image format 8") != std::string::npos);
    CHECK(text.find("softmax, 1x1x10") != std::string::npos);
    CHECK(text.find("picture              16x16x4 (w, h, c) half A16B16G16R16_F") !=
          std::string::npos);
}
