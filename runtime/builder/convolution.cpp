// SPDX-License-Identifier: Apache-2.0
// Convolutions: direct, on pictures, Winograd; compressed weights; batches. spec:
// conv-pipeline.md sections 4, 9, 10; data-formats.md sections 3 to 5 and 7.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/builder/network_builder.hpp"

namespace dla::runtime {
namespace {

using Kind = PlannedTensor::Kind;
using Place = PlannedTensor::Place;

// Positions of cubes in the surface entries.
constexpr unsigned kConvWeight = 0, kConvMask = 1, kConvGroupBytes = 2, kConvSource = 3;
constexpr unsigned kSdpDestination = 4;

constexpr unsigned kTile = 4;  // Winograd: input tiles and transformed kernels
constexpr unsigned kMaxChannels = 8192;
constexpr unsigned kIntegerScaleBits = 2;  // of transformed integer weights
constexpr unsigned kBatchAlignment = 64;

std::uint16_t u16(unsigned value) {
    return static_cast<std::uint16_t>(value);
}
std::uint8_t u8(unsigned value) {
    return static_cast<std::uint8_t>(value);
}

unsigned output_size(unsigned size, unsigned pads, unsigned kernel, unsigned stride) {
    return size + pads < kernel ? 0 : (size + pads - kernel) / stride + 1;
}

// Sizes, strides and padding of a convolution; kernels as CSC sees them.
void set_geometry(Conv& conv, const ConvolutionParameters& how, const Shape& in, const Shape& out,
                  const Weights& kernels) {
    conv.release = u16(in.h);
    conv.input_width_csc = u16(in.w);
    conv.input_height_csc = u16(in.h);
    conv.input_channel_csc = u16(in.c);
    conv.kernel_width_csc = conv.weight.width = u16(kernels.s);
    conv.kernel_height_csc = conv.weight.height = u16(kernels.r);
    conv.kernel_channel_csc = conv.weight.channel = u16(kernels.c);
    conv.input_width_cmac = u16(out.w);
    conv.input_height_cmac = u16(out.h);
    conv.conv_stride_x = u8(how.stride_x);
    conv.conv_stride_y = u8(how.stride_y);
    conv.pad_x_left = u8(how.pad_left);
    conv.pad_x_right = u8(how.pad_right);
    conv.pad_y_top = u8(how.pad_top);
    conv.pad_y_bottom = u8(how.pad_bottom);
    conv.dilation_x = u8(how.dilation_x);
    conv.dilation_y = u8(how.dilation_y);
    conv.pad_val = how.pad_value;
    conv.out_cvt = {.scale = 1, .truncate = u8(how.truncate), .enable = 1, .offset = 0};
}

// Padding behind the input that completes the last tiles in steps of the stride.
unsigned tile_padding(unsigned out, unsigned stride, unsigned before, unsigned in) {
    return (out + kTile) * stride - before - in;
}

// Padding to whole tiles, and sizes as CDMA makes them.
void set_winograd(Conv& conv, const Shape& in, const Shape& out, const Weights& kernels,
                  Precision precision) {
    conv.conv_mode = 1;
    conv.pad_x_right = u8(tile_padding(out.w, conv.conv_stride_x, conv.pad_x_left, in.w));
    conv.pad_y_bottom = u8(tile_padding(out.h, conv.conv_stride_y, conv.pad_y_top, in.h));
    conv.input_width_csc = u16(out.w + kTile);
    conv.input_height_csc = u16(out.h + kTile);
    conv.input_channel_csc = u16(kernels.c);
    conv.release = u16(out.h + kTile);
    if (precision != Precision::kFp16) {
        conv.out_cvt.truncate = u8(conv.out_cvt.truncate + kIntegerScaleBits);
    }
}

// Kernels as CSC sees them.
Result<Weights> arranged(const HardwareConfig& config, Precision precision, bool image,
                         const ConvolutionParameters& how) {
    if (how.winograd)
        return winograd_kernels(config, precision, how.weights, how.stride_x, how.stride_y);
    return image ? flatten_rows(how.weights) : how.weights;
}

}  // namespace

void NetworkBuilder::set_input_format(Conv& conv, TensorId src,
                                      const ConvolutionParameters& how) const {
    const PlannedTensor& tensor = plan_.tensors[src.index];
    const Shape& in = tensor.shape;
    if (tensor.kind == Kind::kImage) {
        const bool int8 = plan_.precision == Precision::kInt8;
        conv.data_format = int8 ? kPixelA8B8G8R8 : kPixelA16B16G16R16F;
        conv.pixel_override = 1;
        conv.in_cvt = {.scale = 1, .truncate = 0, .enable = 1, .offset = 0};
        conv.entry_per_slice = u16(image_entries(plan_.config, in.w + how.pad_left + how.pad_right,
                                                 in.c, plan_.precision));
    } else {
        conv.data_format = kPixelFeature;
        conv.in_cvt.scale = 1;
        conv.entry_per_slice =
            u16(feature_entries(plan_.config, in.w, in.c / how.batch, plan_.precision));
    }
}

void NetworkBuilder::check_batch(const Shape& input, const ConvolutionParameters& how) {
    const unsigned per_atom = plan_.config.elements_per_atom(plan_.precision);
    if (how.batch < 1 || how.batch > plan_.config.features.batch_max) {
        complain(fmt::format("batch is {}, {} takes 1..{}", how.batch, plan_.config.name,
                             plan_.config.features.batch_max));
    } else if (how.batch > 1 &&
               (input.c % (how.batch * per_atom) != 0 || how.weights.k % per_atom != 0)) {
        complain(fmt::format("{} inputs in {} channels and {} kernels are not whole atoms of {}",
                             how.batch, input.c, how.weights.k, per_atom));
    }
}

void NetworkBuilder::check_convolution(const PlannedTensor& input,
                                       const ConvolutionParameters& how) {
    check_batch(input.shape, how);
    const unsigned channels = input.shape.c / std::max(how.batch, 1u);
    if (how.weights.c != channels) {
        complain(
            fmt::format("the kernels have {} channels, the input has {}", how.weights.c, channels));
    }
    const bool plain = how.dilation_x == 1 && how.dilation_y == 1 && how.batch == 1 &&
                       input.kind == Kind::kFeature;
    if (how.winograd && !(plain && plan_.config.features.winograd)) {
        complain(fmt::format(
            "{}: Winograd needs {}", plan_.config.name,
            plain ? "hardware that has it" : "feature data, no dilation and one input"));
    }
    if (how.compressed && !plan_.config.features.weight_compression) {
        complain(plan_.config.name + " has no weight compression");
    }
    if (how.batch > 1 && input.kind == Kind::kImage)
        complain("a picture comes alone, not in batches");
}

// The whole input stays in CBUF; compressed weights keep their mask in the last bank.
void NetworkBuilder::set_banks(Conv& conv, const ConvolutionParameters& how,
                               std::size_t stream_bytes) {
    if (conv.conv_mode != 0) {
        const unsigned line_bytes =
            conv.input_width_csc * conv.input_channel_csc * bytes_per_element(plan_.precision);
        conv.entry_per_slice = u16(line_bytes / plan_.config.cbuf.entry_bytes);
    }
    const std::size_t kernels =
        std::min(how.weights.k, plan_.config.kernels_per_group(plan_.precision));
    const auto banks = split_banks(
        plan_.config, std::size_t{conv.entry_per_slice} * conv.input_height_csc * how.batch,
        stream_bytes, conv.bytes_per_kernel * kernels, how.compressed ? 1 : 0);
    if (!banks) complain(banks.error().message);
    conv.data_bank = u8(banks ? banks->data : 1);
    conv.weight_bank = u8(banks ? banks->weights : 1);
}

void NetworkBuilder::add_stream(std::size_t operation, unsigned cube, Bytes data) {
    DataCube* place = cube_at(plan_.operations[operation].op.body, cube);
    place->size = static_cast<std::uint32_t>(data.size());
    const TensorId stream = add_tensor({.kind = Kind::kStream,
                                        .place = Place::kConstant,
                                        .strides = {.size = place->size},
                                        .data = std::move(data)});
    use(operation, cube, stream);
}

void NetworkBuilder::add_weights(std::size_t operation, const ConvolutionParameters& how,
                                 const Weights& kernels) {
    Bytes stream = how.winograd ? pack_winograd(plan_.config, plan_.precision, kernels)
                                : pack_weights(plan_.config, plan_.precision, kernels);
    if (how.compressed) {
        CompressedWeights parts = compress_weights(plan_.config, plan_.precision, kernels, stream);
        add_stream(operation, kConvMask, std::move(parts.mask));
        add_stream(operation, kConvGroupBytes, std::move(parts.group_bytes));
        stream = std::move(parts.stream);
    }
    set_banks(body<Conv>(operation), how, stream.size());
    add_stream(operation, kConvWeight, std::move(stream));
}

std::uint32_t NetworkBuilder::batch_stride(TensorId tensor, unsigned channels) const {
    return plan_.tensors[tensor.index].strides.surface *
           (channels / plan_.config.elements_per_atom(plan_.precision));
}

std::size_t NetworkBuilder::add_convolution(TensorId src, const ConvolutionParameters& how,
                                            Shape& out) {
    const PlannedTensor& input = plan_.tensors[src.index];
    check_convolution(input, how);
    const Result<Weights> kernels =
        arranged(plan_.config, plan_.precision, input.kind == Kind::kImage, how);
    if (!kernels) complain(kernels.error().message);
    Shape in = input.shape;
    in.c /= std::max(how.batch, 1u);
    out.w = output_size(in.w, how.pad_left + how.pad_right,
                        (how.weights.s - 1) * how.dilation_x + 1, how.stride_x);
    out.h = output_size(in.h, how.pad_top + how.pad_bottom,
                        (how.weights.r - 1) * how.dilation_y + 1, how.stride_y);
    out.c = how.weights.k;
    if (out.w == 0 || out.h == 0) complain("the kernel is larger than the padded input");
    if (how.winograd && (out.w % kTile != 0 || out.h % kTile != 0)) {
        complain(fmt::format("Winograd gives multiples of 4, not {}x{}", out.w, out.h));
    }
    if (how.winograd && kernels && kernels->c > kMaxChannels) {
        complain(fmt::format("strides of {}x{} make {} channels under Winograd, legal are {}",
                             how.stride_x, how.stride_y, kernels->c, kMaxChannels));
    }
    if (!first_error_.empty()) return add_operation(Conv{});
    Conv conv;
    set_input_format(conv, src, how);
    set_geometry(conv, how, in, out, *kernels);
    if (how.winograd) set_winograd(conv, in, out, *kernels, plan_.precision);
    conv.batch = u8(how.batch);
    conv.weight_format = how.compressed ? 1 : 0;
    conv.bytes_per_kernel = static_cast<std::uint32_t>(kernels->bytes_per_kernel(plan_.precision));
    conv.in_precision = conv.out_precision = code();
    conv.src = cube_of(src);
    if (how.batch > 1) {
        conv.src.channel = u16(in.c);
        conv.batch_stride = batch_stride(src, in.c);
    }
    conv.dst = on_the_fly(out);
    const std::size_t operation = add_operation(conv);
    add_weights(operation, how, *kernels);
    use(operation, kConvSource, src);
    reads(operation, src);
    return operation;
}

TensorId NetworkBuilder::convolution(TensorId src, const ConvolutionParameters& how,
                                     const SdpParameters& post) {
    Shape out;
    const std::size_t conv = add_convolution(src, how, out);
    const std::size_t operation = add_sdp(on_the_fly(out), post);
    plan_.operations[operation].fused_with = static_cast<int>(conv);
    const TensorId result = add_tensor({.shape = {out.w, out.h, out.c * how.batch}});
    finish(operation, kSdpDestination, result);
    Sdp& sdp = body<Sdp>(operation);
    sdp.conv_mode = how.winograd ? 1 : 0;
    sdp.batch_num = u8(how.batch);
    if (how.batch > 1) {
        sdp.dst.channel = u16(out.c);
        sdp.batch_stride = batch_stride(result, out.c);
        if (sdp.dst.line_stride % kBatchAlignment != 0) {
            complain(fmt::format("lines of {} bytes in batches, legal multiples of {}",
                                 sdp.dst.line_stride, kBatchAlignment));
        }
    }
    return result;
}

TensorId NetworkBuilder::convolution_and_pooling(TensorId src, const ConvolutionParameters& how,
                                                 const SdpParameters& post,
                                                 const PoolingParameters& pool) {
    if (how.winograd || how.batch != 1) complain("pooling on the fly takes direct single inputs");
    Shape between;
    const std::size_t conv = add_convolution(src, how, between);
    const std::size_t sdp = add_sdp(on_the_fly(between), post);
    plan_.operations[sdp].fused_with = static_cast<int>(conv);
    body<Sdp>(sdp).dst = on_the_fly(between);
    Shape out;
    const std::size_t operation = add_pooling(on_the_fly(between), pool, out);
    plan_.operations[operation].fused_with = static_cast<int>(sdp);
    if (body<Pdp>(operation).split_num > 1) complain("pooling on the fly is too wide");
    return add_result(out, operation);
}

}  // namespace dla::runtime
