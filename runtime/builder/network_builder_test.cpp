// SPDX-License-Identifier: Apache-2.0
#include "runtime/builder/network_builder.hpp"

#include <algorithm>
#include <random>
#include <set>

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

// Works out what has certainly completed when an operation begins to read, from the descriptors
// alone, and compares with where its inputs come from.
class OrderProof {
  public:
    explicit OrderProof(DlaTask task) : operations_(std::move(task.operations)) {}

    std::string unproven() {
        for (std::size_t i = 0; i < operations_.size(); ++i) {
            known_.push_back(completed_before(i));
            for (const DataCube* cube : read_cubes(i)) {
                const int producer = producer_of(*cube, i);
                if (producer >= 0 && !known_[i].count(static_cast<std::size_t>(producer))) {
                    return "operation " + std::to_string(i) + " reads the result of operation " +
                           std::to_string(producer);
                }
            }
        }
        return {};
    }

  private:
    static bool in_memory(const DataCube& cube) {
        return cube.type != kOnTheFly && cube.address != -1;
    }

    std::vector<const DataCube*> read_cubes(std::size_t i) {
        OpBody& body = operations_[i].body;
        std::vector<const DataCube*> cubes;
        if (auto* conv = std::get_if<Conv>(&body)) return {&conv->src};
        if (auto* sdp = std::get_if<Sdp>(&body)) {
            for (DataCube* cube : {&sdp->src, &sdp->x1_data, &sdp->x2_data, &sdp->y_data}) {
                if (in_memory(*cube) && cube->width > 0) cubes.push_back(cube);
            }
            return cubes;
        }
        DataCube* src = cube_at(body, 0);
        if (in_memory(*src)) cubes.push_back(src);
        return cubes;
    }

    // The operation before i that wrote this place.
    int producer_of(const DataCube& cube, std::size_t i) {
        for (std::size_t k = i; k-- > 0;) {
            OpBody& body = operations_[k].body;
            const DataCube* dst = std::holds_alternative<Conv>(body)  ? nullptr
                                  : std::holds_alternative<Sdp>(body) ? cube_at(body, 4)
                                                                      : cube_at(body, 1);
            if (dst && in_memory(*dst) && dst->address == cube.address &&
                dst->offset == cube.offset) {
                return static_cast<int>(k);
            }
        }
        return -1;
    }

    int previous(std::size_t i) const {
        for (std::size_t k = i; k-- > 0;) {
            if (operations_[k].common.type == operations_[i].common.type) {
                return static_cast<int>(k);
            }
        }
        return -1;
    }

    // A unit completes its operations in order.
    void learn(std::set<std::size_t>& known, std::size_t completed) const {
        for (int k = static_cast<int>(completed); k >= 0;
             k = previous(static_cast<std::size_t>(k))) {
            const auto i = static_cast<std::size_t>(k);
            known.insert(i);
            known.insert(known_[i].begin(), known_[i].end());
        }
    }

    std::set<std::size_t> completed_before(std::size_t i) {
        std::set<std::size_t> known;
        for (std::size_t k = 0; k < i; ++k) {
            for (const Consumer& consumer : operations_[k].common.consumers) {
                if (consumer.index == static_cast<int>(i) &&
                    consumer.event == DependencyEvent::kCompleted) {
                    learn(known, k);
                }
            }
        }
        // The group that i was programmed into had been left by the last but one of its type.
        int before = previous(i);
        const int last_but_one = before < 0 ? -1 : previous(static_cast<std::size_t>(before));
        if (last_but_one >= 0) learn(known, static_cast<std::size_t>(last_but_one));
        // The unit's reader has started the operation before, if that one has something to read.
        while (before >= 0 && read_cubes(static_cast<std::size_t>(before)).empty()) {
            before = previous(static_cast<std::size_t>(before));
        }
        if (before >= 0) {
            const auto& more = known_[static_cast<std::size_t>(before)];
            known.insert(more.begin(), more.end());
        }
        return known;
    }

    std::vector<Operation> operations_;
    std::vector<std::set<std::size_t>> known_;
};

// 30 layers of all kinds, each on the result of some earlier one.
NetworkBuilder random_network(unsigned seed) {
    std::mt19937 random(seed);
    NetworkBuilder net(config("nv_full"), Precision::kInt8);
    std::vector<TensorId> tensors{net.feature_input("in", {4, 4, 32})};
    const int lut = net.add_lut({});
    const auto any = [&] {
        return tensors[tensors.size() - 1 - random() % std::min<std::size_t>(tensors.size(), 6)];
    };
    for (unsigned i = 0; i < 30; ++i) {
        switch (random() % 5) {
            case 0:
                tensors.push_back(net.convolution(any(), {.weights = weights(32, 32, 1)}, {}));
                break;
            case 1:
                tensors.push_back(net.convolution(any(), {.weights = weights(32, 32, 1)},
                                                  {.x2 = SdpStage{.alu = true, .tensor = any()}}));
                break;
            case 2:
                tensors.push_back(net.sdp(any(), {.x1 = SdpStage{.alu = true, .tensor = any()}}));
                break;
            case 3:
                tensors.push_back(net.pooling(any(), {.width = 1, .height = 1}));
                break;
            default:
                tensors.push_back(net.normalization(any(), {.lut = lut}));
        }
    }
    return net;
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

TEST_CASE("in random networks every result is complete before it is read") {
    for (unsigned seed = 0; seed < 60; ++seed) {
        INFO("seed " << seed);
        const NetworkBuilder net = random_network(seed);
        const auto loadable = net.build();
        REQUIRE((loadable ? "" : loadable.error().message) == "");
        CHECK(OrderProof(decode_dla_task(*loadable, 0).value()).unproven() == "");
    }
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

namespace {

// The sentence with which a network of one convolution is refused, or "".
std::string refusal(const std::string& hardware, const Shape& in, ConvolutionParameters how,
                    unsigned kernels = 32, unsigned size = 3) {
    NetworkBuilder net(config(hardware), Precision::kInt8);
    const TensorId x = net.feature_input("data", in);
    how.weights = weights(kernels, in.c / std::max(how.batch, 1u), size);
    how.pad_left = how.pad_right = how.pad_top = how.pad_bottom = size / 2;
    net.output(net.convolution(x, how, {}), "result");
    const auto built = net.build();
    return built ? "" : built.error().message;
}

}  // namespace

TEST_CASE("Winograd, compression and batches are refused where they cannot be") {
    const Shape in{8, 8, 32};
    CHECK(refusal("nv_full", in, {.winograd = true}) == "");
    CHECK(refusal("nv_large", in, {.winograd = true}) ==
          "operation 0: nv_large: Winograd needs hardware that has it");
    CHECK(refusal("nv_full", in, {.stride_x = 2, .winograd = true}, 32, 5) ==
          "operation 0: Winograd with stride 2x1 takes kernels up to 6x3, not 5x5");
    CHECK(refusal("nv_full", in, {.dilation_x = 2, .winograd = true}) ==
          "operation 0: nv_full: Winograd needs feature data, no dilation and one input");
    CHECK(refusal("nv_full", {8, 8, 3000}, {.stride_x = 2, .stride_y = 2, .winograd = true}) ==
          "operation 0: strides of 2x2 make 12032 channels under Winograd, legal are 8192");
    CHECK(refusal("nv_full", {6, 8, 32}, {.winograd = true}) ==
          "operation 0: Winograd gives multiples of 4, not 6x8");
    CHECK(refusal("nv_full", in, {.winograd = true}, 32, 5) ==
          "operation 0: Winograd with stride 1x1 takes kernels of 3x3, not 5x5");
    CHECK(refusal("nv_full", in, {.compressed = true}) == "");
    CHECK(refusal("nv_small", in, {.compressed = true}) ==
          "operation 0: nv_small has no weight compression");
    CHECK(refusal("nv_full", {8, 8, 64}, {.batch = 2}) == "");
    CHECK(refusal("nv_small", {8, 8, 64}, {.batch = 2}) ==
          "operation 0: batch is 2, nv_small takes 1..1");
    CHECK(refusal("nv_full", {8, 8, 64}, {.batch = 2}, 33) ==
          "operation 0: 2 inputs in 64 channels and 33 kernels are not whole atoms of 32");
    CHECK(refusal("nv_full", {7, 8, 64}, {.batch = 2}) ==
          "operation 2: lines of 224 bytes in batches, legal multiples of 64");
}

TEST_CASE("a transformed weight that the precision does not hold is named") {
    Weights great = weights(1, 1, 3);
    for (std::int16_t& value : great.values)
        value = 100;
    const auto kernels = winograd_kernels(config("nv_full"), Precision::kInt8, great);
    REQUIRE_FALSE(kernels.has_value());
    CHECK(kernels.error().message ==
          "kernel 0, channel 0: a transformed weight is 400, which the precision does not hold");
}

TEST_CASE("compressed weights keep a bit for each weight and a byte count for each group") {
    // The example of data-formats.md section 7.
    Weights example{.k = 1, .c = 8, .r = 1, .s = 1, .values = {5, 0, 0, 7, 0, 1, 0, 0}};
    const HardwareConfig full = config("nv_full");
    const Bytes stream = pack_weights(full, Precision::kInt8, example);
    const CompressedWeights parts = compress_weights(full, Precision::kInt8, example, stream);
    CHECK(parts.mask.size() == 128);
    CHECK(parts.mask[0] == 0x29);
    CHECK(Bytes(parts.stream.begin(), parts.stream.begin() + 4) == Bytes{5, 7, 1, 0});
    CHECK(parts.stream.size() == 128);
    CHECK(Bytes(parts.group_bytes.begin(), parts.group_bytes.begin() + 4) == Bytes{3, 0, 0, 0});
}

TEST_CASE("results in the second memory lie in a memory of its domain") {
    NetworkBuilder net(config("nv_full"), Precision::kInt8);
    const TensorId x = net.feature_input("data", {8, 4, 32});
    const TensorId y = net.copy(x);
    net.in_second_memory(y);
    net.output(net.pooling(y, {}), "result");
    const auto loadable = net.build();
    REQUIRE(loadable.has_value());
    const DlaTask task = built(net);
    const auto& bdma = std::get<Bdma>(task.operations[0].body);
    CHECK(bdma.source_type == kInDram);
    CHECK(bdma.destination_type == kInSram);
    const auto& pdp = std::get<Pdp>(task.operations[1].body);
    CHECK(pdp.src.type == kInSram);
    CHECK(pdp.dst.type == kInDram);
    const Address& address =
        loadable
            ->addresses[loadable->tasks[0].address_list[static_cast<std::size_t>(pdp.src.address)]];
    CHECK(loadable->memories[address.mem_id].domain == MemoryDomain::kSram);
    NetworkBuilder small(config("nv_small"), Precision::kInt8);
    const TensorId z = small.pooling(small.feature_input("data", {8, 4, 8}), {});
    small.in_second_memory(z);
    CHECK(small.build().error().message == "operation 1: nv_small has no second memory");
}
