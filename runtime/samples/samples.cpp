// SPDX-License-Identifier: Apache-2.0
#include "runtime/samples/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "runtime/image/half.hpp"
#include "runtime/samples/sample_network.hpp"

namespace dla::runtime {
namespace {

constexpr auto kInt8 = Precision::kInt8;
constexpr auto kInt16 = Precision::kInt16;
constexpr auto kFp16 = Precision::kFp16;

std::int16_t number(float value, Precision precision) {
    return static_cast<std::int16_t>(precision == kFp16 ? float_to_half(value)
                                                        : std::lround(value));
}

SdpStage relu() {
    return {.activation = kActRelu};
}

SdpStage per_kernel(SampleNetwork& net, unsigned channels, int bias, unsigned truncate) {
    return {.alu = true,
            .mul = true,
            .alu_values = net.numbers().list(channels, -bias, bias, net.precision()),
            .mul_values = net.numbers().list(channels, 1, 3, net.precision()),
            .truncate = truncate,
            .activation = kActRelu};
}

// Kernels for channel 0 of a picture; the other three components do not count.
Weights picture_kernel(const std::vector<int>& rows, unsigned channels, Precision precision) {
    Weights weights{.k = 1,
                    .c = channels,
                    .r = 3,
                    .s = 3,
                    .values = std::vector<std::int16_t>(channels * 9, 0)};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        weights.values[i] = number(static_cast<float>(rows[i]), precision);
    }
    return weights;
}

ConvolutionParameters padded(Weights weights) {
    const unsigned pad = weights.r / 2;
    return {.weights = std::move(weights),
            .pad_left = pad,
            .pad_right = pad,
            .pad_top = pad,
            .pad_bottom = pad};
}

// Scales by 2^-shift: the output converter for integers, a factor for fp16.
SdpParameters scaled(SdpStage stage, unsigned shift, Precision precision) {
    SdpParameters how{.x1 = stage};
    if (precision == kFp16) {
        how.x2 =
            SdpStage{.mul = true,
                     .mul_values = {number(std::ldexp(1.0f, -static_cast<int>(shift)), precision)}};
    } else {
        how.out_shift = shift;
    }
    return how;
}

// Linear tables: LE fine around 0, LO over everything.
Lut curve(const std::function<double(double)>& f, int le_select, int lo_select,
          std::int64_t start) {
    Lut lut;
    lut.method = 1;
    lut.le_select = static_cast<std::int8_t>(le_select);
    lut.lo_select = static_cast<std::int8_t>(lo_select);
    lut.le_start = lut.lo_start = static_cast<std::uint64_t>(start);
    lut.le_end = static_cast<std::uint64_t>(start + (64ll << le_select));
    lut.lo_end = static_cast<std::uint64_t>(start + (256ll << lo_select));
    for (std::size_t i = 0; i < lut.le.size(); ++i) {
        lut.le[i] = static_cast<std::int16_t>(std::lround(
            f(static_cast<double>(start + (static_cast<std::int64_t>(i) << le_select)))));
    }
    for (std::size_t i = 0; i < lut.lo.size(); ++i) {
        lut.lo[i] = static_cast<std::int16_t>(std::lround(
            f(static_cast<double>(start + (static_cast<std::int64_t>(i) << lo_select)))));
    }
    lut.hybrid_priority = 0;
    lut.overflow_priority = 1;
    return lut;
}

Result<Sample> convolution(const char* config, Precision precision, const char* name) {
    SampleNetwork net(config, precision);
    const TensorId in = net.random_input({9, 7, 19}, -8, 8);
    ConvolutionParameters how = padded(net.numbers().weights(21, 19, 3, -3, 3, precision));
    how.stride_x = 2;
    how.pad_value = 0;
    SdpStage bias{.alu = true, .alu_values = net.numbers().list(21, -20, 20, precision)};
    const TensorId out = net.convolution(in, how, scaled(bias, 3, precision));
    return net.finish(out, name, "one 3x3 convolution, stride 2x1, bias per kernel");
}

Result<Sample> dilated(const char* config) {
    SampleNetwork net(config, kInt8);
    const TensorId in = net.random_input({12, 12, 8}, -9, 9);
    ConvolutionParameters how{.weights = net.numbers().weights(8, 8, 3, -4, 4, kInt8)};
    how.dilation_x = 2;
    how.dilation_y = 3;
    how.pad_left = 1;
    how.pad_top = 2;
    how.pad_value = 5;
    const TensorId out = net.convolution(in, how, {.x1 = relu(), .out_shift = 4});
    return net.finish(out, "conv_dilated_nv_small", "one convolution, dilation 2x3, padding 5");
}

Result<Sample> image_convolution(const char* config, Precision precision, const char* name) {
    SampleNetwork net(config, precision);
    const TensorId in = net.picture_input(test_picture(24, 16));
    ConvolutionParameters how = padded(net.numbers().weights(9, 4, 3, -2, 2, precision));
    how.stride_x = how.stride_y = 2;
    const TensorId out = net.convolution(in, how, scaled(relu(), 4, precision));
    return net.finish(out, name, "one 3x3 convolution on a picture, stride 2");
}

Result<Sample> winograd(Precision precision, const char* name) {
    SampleNetwork net("nv_full", precision);
    const TensorId in = net.random_input({12, 8, 20}, -8, 8);
    ConvolutionParameters how = padded(net.numbers().weights(21, 20, 3, -3, 3, precision));
    how.winograd = true;
    SdpStage bias{.alu = true, .alu_values = net.numbers().list(21, -20, 20, precision)};
    const TensorId out = net.convolution(in, how, scaled(bias, 3, precision));
    return net.finish(out, name, "one 3x3 convolution by Winograd, bias per kernel");
}

// The taps of a kernel that a stride passes over become channels: up to 3 * stride columns and
// rows.
Result<Sample> strided_winograd(Precision precision, unsigned side, unsigned stride_y,
                                const char* name) {
    SampleNetwork net("nv_full", precision);
    const TensorId in = net.random_input({15, 8 * stride_y, 20}, -8, 8);
    ConvolutionParameters how = padded(net.numbers().weights(21, 20, side, -3, 3, precision));
    how.stride_x = 2;
    how.stride_y = stride_y;
    how.winograd = true;
    const TensorId out = net.convolution(in, how, scaled(relu(), 3, precision));
    return net.finish(
        out, name,
        fmt::format("one {0}x{0} convolution by Winograd, stride 2x{1}", side, stride_y));
}

// Two weights of three are zero and not in the file.
Result<Sample> compressed(Precision precision, bool winograd, const char* name) {
    SampleNetwork net("nv_full", precision);
    const TensorId in = net.random_input({8, 8, 33}, -8, 8);
    ConvolutionParameters how = padded(net.numbers().weights(40, 33, 3, -3, 3, precision));
    for (std::int16_t& weight : how.weights.values) {
        if (net.numbers().next(0, 2) != 0) weight = 0;
    }
    how.compressed = true;
    how.winograd = winograd;
    const TensorId out = net.convolution(in, how, scaled(relu(), 3, precision));
    return net.finish(out, name, "one 3x3 convolution with compressed weights");
}

Result<Sample> batch(const char* name) {
    SampleNetwork net("nv_full", kInt8);
    constexpr unsigned kInputs = 3;
    const TensorId in = net.random_input({6, 5, kInputs * 32}, -8, 8);
    ConvolutionParameters how = padded(net.numbers().weights(64, 32, 3, -3, 3, kInt8));
    how.batch = kInputs;
    const TensorId out =
        net.convolution(in, how, {.x1 = per_kernel(net, 64, 40, 1), .out_shift = 3});
    return net.finish(out, name, "three inputs of one convolution, behind each other in channels");
}

Result<Sample> second_memory(const char* name) {
    SampleNetwork net("nv_full", kInt8);
    const TensorId in = net.random_input({8, 6, 32}, -8, 8);
    const TensorId copy = net.copy(in);
    net.in_second_memory(copy);
    const TensorId inner =
        net.convolution(copy, padded(net.numbers().weights(32, 32, 3, -3, 3, kInt8)),
                        {.x1 = relu(), .out_shift = 4});
    net.in_second_memory(inner);
    SdpStage shortcut{.alu = true, .tensor = copy, .activation = kActRelu};
    const TensorId sum = net.sdp(inner, {.x1 = shortcut});
    net.in_second_memory(sum);
    const TensorId out = net.pooling(sum, {.stride_x = 2, .stride_y = 2});
    return net.finish(out, name, "BDMA, convolution, SDP and PDP with results in CVSRAM");
}

Result<Sample> elements(const char* config, Precision precision, const char* name) {
    SampleNetwork net(config, precision);
    const TensorId in = net.random_input({7, 5, 20}, -100, 100);
    const unsigned shift = precision == kFp16 ? 0 : 2;
    const TensorId out = net.sdp(in, {.x1 = per_kernel(net, 20, 40, shift)});
    return net.finish(out, name, "SDP alone: add and multiply per kernel, ReLU");
}

Result<Sample> table(const char* config) {
    SampleNetwork net(config, kInt8);
    const TensorId in = net.random_input({8, 8, 32}, -128, 127);
    const auto s_shape = [](double x) { return 30000.0 / (1.0 + std::exp(-x / 200.0)); };
    SdpParameters how{.y = SdpStage{.mul = true, .mul_values = {9}, .activation = kActLut}};
    how.lut = net.add_lut(curve(s_shape, 2, 3, -1024));
    how.out_shift = 8;
    return net.finish(net.sdp(in, how), "sdp_table_nv_full",
                      "SDP alone: sigmoid through the tables");
}

Result<Sample> pooling(const char* config, Precision precision, std::uint8_t mode,
                       const char* name) {
    SampleNetwork net(config, precision);
    const TensorId in = net.random_input({11, 9, 12}, -120, 120);
    PoolingParameters how{.mode = mode, .width = 3, .height = 3, .stride_x = 2, .stride_y = 2};
    how.pad_left = how.pad_top = 1;
    how.pad_right = how.pad_bottom = 1;
    how.pad_value = mode == kPoolAverage ? -4 : 0;
    return net.finish(net.pooling(in, how), name, "PDP alone: 3x3, stride 2, padding 1");
}

Result<Sample> split_pooling() {
    SampleNetwork net("nv_small", kInt8);
    const TensorId in = net.random_input({264, 4, 8}, -120, 120);
    PoolingParameters how{.width = 2, .height = 2, .stride_x = 2, .stride_y = 2};
    return net.finish(net.pooling(in, how), "pdp_split_nv_small",
                      "PDP alone: wider than its line buffer, two stripes");
}

Result<Sample> normalization(const char* config, Precision precision, const char* name) {
    SampleNetwork net(config, precision);
    const int greatest = precision == kInt8 ? 127 : 1000;
    const TensorId in = net.random_input({6, 6, 24}, -greatest, greatest);
    const int select = precision == kInt8 ? 9 : 15;
    const double unit = precision == kInt8 ? 20000.0 : 2000000.0;
    const auto falling = [unit](double x) { return 16384.0 / std::sqrt(1.0 + x / unit); };
    NormalizationParameters how{.local_size = 5};
    how.lut = net.add_lut(curve(falling, select - 2, select, 0));
    how.out.truncate = 14;
    return net.finish(net.normalization(in, how), name, "CDP alone: LRN over 5 channels");
}

Result<Sample> mover(const char* name, const char* about, Precision precision, Shape shape,
                     TensorId (*operation)(SampleNetwork&, TensorId)) {
    SampleNetwork net("nv_full", precision);
    const TensorId in = net.random_input(shape, -100, 100);
    return net.finish(operation(net, in), name, about);
}

Result<Sample> fused(const char* config) {
    SampleNetwork net(config, kInt8);
    const TensorId in = net.random_input({10, 10, 16}, -10, 10);
    const ConvolutionParameters how = padded(net.numbers().weights(16, 16, 3, -3, 3, kInt8));
    const TensorId out = net.convolution_and_pooling(in, how, {.x1 = relu(), .out_shift = 3},
                                                     {.stride_x = 2, .stride_y = 2});
    return net.finish(out, "fused_nv_small", "convolution, SDP and PDP on the fly");
}

// |x|: PReLU with the factor -1.
SdpStage magnitude(Precision precision) {
    return {.mul = true, .mul_values = {number(-1, precision)}, .activation = kActPrelu};
}

Result<Sample> edges(const char* config, Precision precision, const char* name) {
    SampleNetwork net(config, precision);
    const TensorId picture = net.picture_input(test_picture(96, 64));
    const unsigned shrink = precision == kFp16 ? 0 : 1;
    const TensorId smooth =
        net.convolution(picture, padded(picture_kernel({1, 2, 1, 2, 4, 2, 1, 2, 1}, 4, precision)),
                        scaled(relu(), 4, precision));
    const TensorId across = net.convolution(
        smooth, padded(picture_kernel({-1, 0, 1, -2, 0, 2, -1, 0, 1}, 1, precision)),
        scaled(magnitude(precision), 2 - shrink, precision));
    const TensorId down = net.convolution(
        smooth, padded(picture_kernel({-1, -2, -1, 0, 0, 0, 1, 2, 1}, 1, precision)),
        scaled(magnitude(precision), 2 - shrink, precision));
    const TensorId strength =
        net.sdp(down, {.x1 = SdpStage{.alu = true, .tensor = across}, .out_shift = shrink});
    SdpStage threshold{.alu = true, .alu_values = {number(-6, precision)}};
    threshold.activation = kActRelu;
    const TensorId clean = net.sdp(strength, {.x1 = threshold});
    const TensorId out = net.pooling(clean, {.stride_x = 2, .stride_y = 2});
    auto sample = net.finish(out, name,
                             "edges of a picture: Gaussian, Sobel across and down, magnitude, "
                             "threshold with ReLU, max pooling");
    if (sample) sample->viewable = true;
    return sample;
}

Result<Sample> residual(const char* config, const char* name) {
    SampleNetwork net(config, kInt8);
    const TensorId in = net.random_input({8, 8, 16}, -60, 60);
    const auto layer = [&] { return padded(net.numbers().weights(16, 16, 3, -6, 6, kInt8)); };
    const TensorId stem =
        net.convolution(in, layer(), {.x1 = per_kernel(net, 16, 100, 1), .out_shift = 5});
    const TensorId inner =
        net.convolution(stem, layer(), {.x1 = per_kernel(net, 16, 100, 1), .out_shift = 5});
    SdpStage shortcut{.alu = true, .tensor = stem, .activation = kActRelu};
    SdpStage rescale{.mul = true, .mul_values = {3}, .truncate = 7};
    const TensorId out =
        net.convolution(inner, layer(), {.x1 = rescale, .x2 = shortcut, .out_shift = 1});
    return net.finish(out, name, "residual block: two convolutions and the shortcut around them");
}

Result<Sample> long_chain() {
    SampleNetwork net("nv_small", kInt8);
    TensorId tensor = net.random_input({6, 6, 8}, -60, 60);
    for (unsigned i = 0; i < 50; ++i) {
        const ConvolutionParameters how{.weights = net.numbers().weights(8, 8, 1, -12, 12, kInt8)};
        SdpStage bias{.alu = true, .alu_values = net.numbers().list(8, -300, 300, kInt8)};
        tensor = net.convolution(tensor, how, {.x1 = bias, .out_shift = 4});
        SdpStage flip{.mul = true, .mul_values = net.numbers().list(8, -3, 3, kInt8)};
        tensor = net.sdp(tensor, {.x1 = flip, .out_shift = 1});
        PoolingParameters how_pool{.width = 3, .height = 3};
        how_pool.mode = i % 2 ? kPoolMax : kPoolMin;
        how_pool.pad_left = how_pool.pad_right = how_pool.pad_top = how_pool.pad_bottom = 1;
        tensor = net.pooling(tensor, how_pool);
    }
    return net.finish(tensor, "layers200_nv_small", "200 hardware layers in a row, for scheduling");
}

}  // namespace

Image test_picture(unsigned width, unsigned height) {
    Image image{.width = width, .height = height, .channels = 1};
    const auto w = static_cast<double>(width);
    const auto h = static_cast<double>(height);
    for (unsigned y = 0; y < height; ++y) {
        for (unsigned x = 0; x < width; ++x) {
            const double dx = x - w * 0.3;
            const double dy = y - h * 0.5;
            const bool disc = dx * dx + dy * dy < h * h * 0.1;
            const bool hole = dx * dx + dy * dy < h * h * 0.02;
            const bool stripe = x > width * 3 / 5 && (x + y) / 6 % 2 == 0;
            unsigned value = 20 + 40 * y / height;
            if (disc) value = 220;
            if (hole) value = 90;
            if (stripe) value = 160;
            image.pixels.push_back(static_cast<std::uint8_t>(value));
        }
    }
    return image;
}

Image picture_of(const Dimg& dimg) {
    const std::size_t count = std::size_t{dimg.width} * dimg.height;
    std::vector<double> values(count);
    const bool half = dimg.payload.size() >= 2 * count * dimg.channel;
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = half ? static_cast<double>(half_to_float(static_cast<std::uint16_t>(
                               dimg.payload[2 * i] | dimg.payload[2 * i + 1] << 8)))
                         : static_cast<std::int8_t>(dimg.payload[i]);
    }
    const double white = std::max(1.0, *std::max_element(values.begin(), values.end()));
    Image image{.width = dimg.width, .height = dimg.height, .channels = 1};
    for (const double value : values) {
        image.pixels.push_back(static_cast<std::uint8_t>(std::max(0.0, value) / white * 255.0));
    }
    return image;
}

Result<std::vector<Sample>> make_samples() {
    const auto contract = [](SampleNetwork& net, TensorId in) { return net.contract(in, 2, 2); };
    const auto reshape = [](SampleNetwork& net, TensorId in) { return net.split_and_merge(in); };
    const auto copy = [](SampleNetwork& net, TensorId in) { return net.copy(in); };
    Result<Sample> all[] = {
        convolution("nv_small", kInt8, "conv_int8_nv_small"),
        convolution("nv_full", kInt8, "conv_int8_nv_full"),
        convolution("nv_full", kInt16, "conv_int16_nv_full"),
        convolution("nv_full", kFp16, "conv_fp16_nv_full"),
        dilated("nv_small"),
        winograd(kInt8, "winograd_int8_nv_full"),
        winograd(kInt16, "winograd_int16_nv_full"),
        winograd(kFp16, "winograd_fp16_nv_full"),
        strided_winograd(kInt8, 3, 1, "winograd_stride_int8_nv_full"),
        strided_winograd(kInt16, 5, 2, "winograd_stride_int16_nv_full"),
        strided_winograd(kFp16, 5, 2, "winograd_stride_fp16_nv_full"),
        compressed(kInt8, false, "compressed_int8_nv_full"),
        compressed(kFp16, true, "compressed_winograd_fp16_nv_full"),
        batch("batch_int8_nv_full"),
        second_memory("cvsram_int8_nv_full"),
        image_convolution("nv_small", kInt8, "image_int8_nv_small"),
        image_convolution("nv_full", kFp16, "image_fp16_nv_full"),
        elements("nv_small", kInt8, "sdp_int8_nv_small"),
        elements("nv_full", kFp16, "sdp_fp16_nv_full"),
        table("nv_full"),
        pooling("nv_small", kInt8, kPoolMax, "pdp_max_nv_small"),
        pooling("nv_small", kInt8, kPoolMin, "pdp_min_nv_small"),
        pooling("nv_small", kInt8, kPoolAverage, "pdp_average_nv_small"),
        pooling("nv_full", kFp16, kPoolMax, "pdp_fp16_nv_full"),
        split_pooling(),
        normalization("nv_small", kInt8, "cdp_int8_nv_small"),
        normalization("nv_full", kInt16, "cdp_int16_nv_full"),
        mover("rubik_contract_nv_full", "RUBIK alone: contract 2x2", kInt8, {5, 4, 128}, contract),
        mover("rubik_reshape_nv_full", "RUBIK alone: split into planes and merge", kFp16,
              {7, 5, 20}, reshape),
        mover("bdma_nv_full", "BDMA alone: one copy", kInt8, {6, 5, 40}, copy),
        fused("nv_small"),
        edges("nv_small", kInt8, "edges_int8_nv_small"),
        edges("nv_full", kFp16, "edges_fp16_nv_full"),
        residual("nv_small", "residual_nv_small"),
        residual("nv_full", "residual_nv_full"),
        long_chain(),
    };
    std::vector<Sample> samples;
    for (Result<Sample>& sample : all) {
        if (!sample) return tl::unexpected(sample.error());
        samples.push_back(std::move(*sample));
    }
    return samples;
}

}  // namespace dla::runtime
