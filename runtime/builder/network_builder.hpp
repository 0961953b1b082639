// SPDX-License-Identifier: Apache-2.0
// Builds loadables: networks of hardware operations for one configuration and precision. Places
// tensors and weights, works out strides and CBUF banks, derives dependencies from the data flow.
//
//   NetworkBuilder net(config, Precision::kInt8);
//   auto x = net.feature_input("data", {.w = 8, .h = 8, .c = 16});
//   auto y = net.convolution(x, {.weights = w, .pad_left = 1, ...}, {.x1 = bias_and_relu});
//   net.output(net.pooling(y, {.width = 2, .height = 2, .stride_x = 2, .stride_y = 2}), "prob");
//   auto loadable = net.build();                   // Result<Loadable>; errors name the layer
//
// Layers run in the order in which they are added. Sizes of results follow from the operation.
// Not built: convolutions larger than CBUF, strides under Winograd.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "runtime/builder/network_plan.hpp"

namespace dla::runtime {

struct TensorId {
    std::size_t index = 0;
};

struct ConvolutionParameters {
    Weights weights{};
    unsigned stride_x = 1;
    unsigned stride_y = 1;
    unsigned pad_left = 0;
    unsigned pad_right = 0;
    unsigned pad_top = 0;
    unsigned pad_bottom = 0;
    unsigned dilation_x = 1;
    unsigned dilation_y = 1;
    std::int16_t pad_value = 0;
    unsigned truncate = 0;  // CACC clip
    // Kernels of 3x3, with strides up to 3 * stride, results of 4n x 4m: fewer multiplications.
    // Transformed input and weights must fit the precision, four times as large for integers.
    bool winograd = false;
    bool compressed = false;  // zero weights are left out of the file
    // So many inputs with the same weights: the tensors hold them one after another in their
    // channels, each in whole atoms, of even width.
    unsigned batch = 1;
};

// One of the units X1, X2 or Y of SDP. Per kernel: the vectors hold one value per channel. Per
// layer: vectors of one value. Per point: `tensor`, of the precision of the network.
struct SdpStage {
    bool alu = false;
    bool mul = false;
    std::uint8_t algorithm = kAluSum;
    std::vector<std::int16_t> alu_values{};
    std::vector<std::int16_t> mul_values{};
    std::optional<TensorId> tensor{};
    unsigned alu_shift = 0;
    unsigned truncate = 0;
    std::uint8_t activation = kActNone;
};

struct SdpParameters {
    std::optional<SdpStage> x1{};
    std::optional<SdpStage> x2{};
    std::optional<SdpStage> y{};
    std::int32_t out_offset = 0;
    std::int16_t out_scale = 1;
    unsigned out_shift = 0;
    int lut = -1;  // from add_lut; used where y.activation is kActLut
};

struct PoolingParameters {
    std::uint8_t mode = kPoolMax;
    unsigned width = 2;
    unsigned height = 2;
    unsigned stride_x = 1;
    unsigned stride_y = 1;
    unsigned pad_left = 0;
    unsigned pad_right = 0;
    unsigned pad_top = 0;
    unsigned pad_bottom = 0;
    std::int32_t pad_value = 0;
};

struct NormalizationParameters {
    unsigned local_size = 3;  // 3, 5, 7 or 9 channels
    int lut = 0;
    bool bypass_square_sum = false;
    bool bypass_multiply = false;
    Converter in{.scale = 1};
    Converter out{.scale = 1};
};

class NetworkBuilder {
  public:
    NetworkBuilder(const HardwareConfig& config, Precision precision);

    TensorId feature_input(const std::string& name, const Shape& shape);
    // Four interleaved components per pixel: A8B8G8R8 or A16B16G16R16_F.
    TensorId image_input(const std::string& name, unsigned width, unsigned height);
    // A tensor whose contents are part of the loadable, in c, h, w order.
    TensorId constant(const Shape& shape, const std::vector<std::int16_t>& values);

    TensorId convolution(TensorId src, const ConvolutionParameters& how, const SdpParameters& post);
    // Convolution, SDP and PDP without memory between them.
    TensorId convolution_and_pooling(TensorId src, const ConvolutionParameters& how,
                                     const SdpParameters& post, const PoolingParameters& pool);
    TensorId sdp(TensorId src, const SdpParameters& how);
    TensorId pooling(TensorId src, const PoolingParameters& how);
    TensorId normalization(TensorId src, const NormalizationParameters& how);
    // Deconvolution's last step: channels become sx * sy pixels.
    TensorId contract(TensorId src, unsigned sx, unsigned sy);
    // To planes and back, with planes only as long as needed.
    TensorId split_and_merge(TensorId src);
    TensorId copy(TensorId src);
    // On the CPU, after all hardware layers; the tensor is 1x1.
    TensorId softmax(TensorId src, float input_scale = 1, float output_scale = 1);

    int add_lut(const Lut& lut);
    // Puts the result of an operation into the memory behind the second port (CVSRAM).
    void in_second_memory(TensorId tensor);
    void output(TensorId tensor, const std::string& name);

    const Shape& shape(TensorId tensor) const { return plan_.tensors[tensor.index].shape; }
    Result<Loadable> build() const;

  private:
    TensorId add_tensor(PlannedTensor tensor);
    TensorId add_result(const Shape& shape, std::size_t operation);
    std::size_t add_operation(const OpBody& body);
    void use(std::size_t operation, unsigned cube, TensorId tensor);
    void reads(std::size_t operation, TensorId tensor);
    DataCube cube_of(TensorId tensor) const;
    DataCube on_the_fly(const Shape& shape) const;
    std::size_t add_convolution(TensorId src, const ConvolutionParameters& how, Shape& out);
    void check_convolution(const PlannedTensor& input, const ConvolutionParameters& how);
    void check_batch(const Shape& input, const ConvolutionParameters& how);
    void set_banks(Conv& conv, const ConvolutionParameters& how, std::size_t stream_bytes);
    void add_weights(std::size_t operation, const ConvolutionParameters& how,
                     const Weights& kernels);
    void add_stream(std::size_t operation, unsigned cube, Bytes data);
    std::uint32_t batch_stride(TensorId tensor, unsigned channels) const;
    void set_input_format(Conv& conv, TensorId src, const ConvolutionParameters& how) const;
    std::size_t add_sdp(const DataCube& src, const SdpParameters& how);
    void add_stage(std::size_t operation, unsigned index, const SdpStage& stage);
    std::size_t add_pooling(const DataCube& src, const PoolingParameters& how, Shape& out);
    void finish(std::size_t operation, unsigned cube, TensorId result);
    void complain(const std::string& why);
    std::uint8_t code() const { return static_cast<std::uint8_t>(plan_.precision); }
    template <class Body>
    Body& body(std::size_t operation) {
        return std::get<Body>(plan_.operations[operation].op.body);
    }

    NetworkPlan plan_;
    std::string first_error_;
};

}  // namespace dla::runtime
