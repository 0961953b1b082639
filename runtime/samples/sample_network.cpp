// SPDX-License-Identifier: Apache-2.0
#include "runtime/samples/sample_network.hpp"

#include "runtime/image/half.hpp"

namespace dla::runtime {

int SampleNumbers::next(int low, int high) {
    state_ = state_ * 1664525u + 1013904223u;
    return low + static_cast<int>((state_ >> 8) % static_cast<std::uint32_t>(high - low + 1));
}

std::vector<std::int16_t> SampleNumbers::list(std::size_t count, int low, int high,
                                              Precision precision) {
    std::vector<std::int16_t> bits;
    for (std::size_t i = 0; i < count; ++i) {
        const int value = next(low, high);
        bits.push_back(static_cast<std::int16_t>(
            precision == Precision::kFp16 ? float_to_half(static_cast<float>(value)) : value));
    }
    return bits;
}

Weights SampleNumbers::weights(unsigned k, unsigned c, unsigned size, int low, int high,
                               Precision precision) {
    return {.k = k,
            .c = c,
            .r = size,
            .s = size,
            .values = list(std::size_t{k} * c * size * size, low, high, precision)};
}

SampleNetwork::SampleNetwork(const std::string& config, Precision precision, std::uint32_t seed)
    : config_(builtin_config(config).value()),
      precision_(precision),
      builder_(config_, precision),
      numbers_(seed) {}

TensorId SampleNetwork::keep(TensorId tensor, reference::Cube cube) {
    cubes_[tensor.index] = std::move(cube);
    return tensor;
}

TensorId SampleNetwork::random_input(const Shape& shape, int low, int high) {
    const auto bits =
        numbers_.list(std::size_t{shape.w} * shape.h * shape.c, low, high, precision_);
    input_ = pack_feature(config_, shape, precision_, bits);
    return keep(builder_.feature_input("data", shape),
                reference::from_bits(shape, precision_, bits));
}

TensorId SampleNetwork::picture_input(const Image& picture) {
    picture_ = picture;
    const Shape shape{picture.width, picture.height, 4};
    reference::Cube cube{shape, std::vector<double>(std::size_t{shape.w} * shape.h * 4, 0)};
    const bool fp16 = precision_ == Precision::kFp16;
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        const int pixel = picture.pixels[i];
        cube.values[i] = fp16 ? pixel : (pixel * 127 * 2 + 255) / (2 * 255);
    }
    return keep(builder_.image_input("data", picture.width, picture.height), std::move(cube));
}

reference::Cube SampleNetwork::post(const reference::Cube& src, const SdpParameters& how) const {
    const Lut* lut = how.lut >= 0 ? &luts_[static_cast<std::size_t>(how.lut)] : nullptr;
    return reference::post_process(
        src, how, precision_,
        [this](TensorId tensor) -> const reference::Cube& { return cube(tensor); }, lut);
}

TensorId SampleNetwork::convolution(TensorId src, const ConvolutionParameters& how,
                                    const SdpParameters& after) {
    reference::Cube results;
    for (unsigned i = 0; i < how.batch; ++i) {
        const reference::Cube one = reference::channels(cube(src), i, how.batch);
        reference::append_channels(results, post(reference::convolve(one, how, precision_), after));
    }
    return keep(builder_.convolution(src, how, after), std::move(results));
}

TensorId SampleNetwork::convolution_and_pooling(TensorId src, const ConvolutionParameters& how,
                                                const SdpParameters& after,
                                                const PoolingParameters& pool) {
    return keep(
        builder_.convolution_and_pooling(src, how, after, pool),
        reference::pool(post(reference::convolve(cube(src), how, precision_), after), pool));
}

TensorId SampleNetwork::sdp(TensorId src, const SdpParameters& how) {
    return keep(builder_.sdp(src, how), post(cube(src), how));
}

TensorId SampleNetwork::pooling(TensorId src, const PoolingParameters& how) {
    return keep(builder_.pooling(src, how), reference::pool(cube(src), how));
}

TensorId SampleNetwork::normalization(TensorId src, const NormalizationParameters& how) {
    return keep(
        builder_.normalization(src, how),
        reference::normalize(cube(src), how, luts_[static_cast<std::size_t>(how.lut)], precision_));
}

TensorId SampleNetwork::contract(TensorId src, unsigned sx, unsigned sy) {
    return keep(builder_.contract(src, sx, sy), reference::contract(cube(src), sx, sy));
}

TensorId SampleNetwork::split_and_merge(TensorId src) {
    return keep(builder_.split_and_merge(src), cube(src));
}

TensorId SampleNetwork::copy(TensorId src) {
    return keep(builder_.copy(src), cube(src));
}

void SampleNetwork::in_second_memory(TensorId tensor) {
    builder_.in_second_memory(tensor);
}

int SampleNetwork::add_lut(const Lut& lut) {
    luts_.push_back(lut);
    return builder_.add_lut(lut);
}

Result<Sample> SampleNetwork::finish(TensorId output, const std::string& name,
                                     const std::string& about) {
    builder_.output(output, "result");
    auto loadable = builder_.build();
    if (!loadable) return fail(name + ": " + loadable.error().message);
    Sample sample{.name = name, .config = config_.name, .about = about};
    sample.loadable = std::move(*loadable);
    sample.picture = picture_;
    sample.input = input_;
    const auto tensor_of = [&](MemoryFlag direction) -> const Tensor& {
        const std::size_t memory = bindable_memories(sample.loadable, direction).at(0);
        return sample.loadable.tensors[sample.loadable.memories[memory].tensor_desc_id];
    };
    if (picture_) {
        sample.input.resize(tensor_of(kMemoryInput).size);
        if (auto done = fill_tensor(*picture_, tensor_of(kMemoryInput), {}, sample.input); !done) {
            return fail(name + ": " + done.error().message);
        }
    }
    const Bytes memory = pack_feature(config_, cube(output).shape, precision_,
                                      reference::to_bits(cube(output), precision_));
    auto golden = make_dimg(tensor_of(kMemoryOutput), memory);
    if (!golden) return fail(name + ": " + golden.error().message);
    sample.golden = std::move(*golden);
    return sample;
}

}  // namespace dla::runtime
