// SPDX-License-Identifier: Apache-2.0
// A network that is built and, beside it, computed by the reference.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/builder/network_builder.hpp"
#include "runtime/samples/reference.hpp"
#include "runtime/samples/samples.hpp"

namespace dla::runtime {

// Small numbers, the same on every machine.
class SampleNumbers {
  public:
    explicit SampleNumbers(std::uint32_t seed) : state_(seed * 2654435761u + 1) {}
    // low..high, both included.
    int next(int low, int high);
    // Bits of such numbers.
    std::vector<std::int16_t> list(std::size_t count, int low, int high, Precision precision);
    Weights weights(unsigned k, unsigned c, unsigned size, int low, int high, Precision precision);

  private:
    std::uint32_t state_;
};

class SampleNetwork {
  public:
    // The configuration must be one of the built-in ones.
    SampleNetwork(const std::string& config, Precision precision, std::uint32_t seed = 1);

    SampleNumbers& numbers() { return numbers_; }
    Precision precision() const { return precision_; }

    TensorId random_input(const Shape& shape, int low, int high);
    TensorId picture_input(const Image& picture);
    TensorId convolution(TensorId src, const ConvolutionParameters& how, const SdpParameters& post);
    TensorId convolution_and_pooling(TensorId src, const ConvolutionParameters& how,
                                     const SdpParameters& post, const PoolingParameters& pool);
    TensorId sdp(TensorId src, const SdpParameters& how);
    TensorId pooling(TensorId src, const PoolingParameters& how);
    TensorId normalization(TensorId src, const NormalizationParameters& how);
    TensorId contract(TensorId src, unsigned sx, unsigned sy);
    TensorId split_and_merge(TensorId src);
    TensorId copy(TensorId src);
    int add_lut(const Lut& lut);
    void in_second_memory(TensorId tensor);

    // Ends the network with this tensor as its output.
    Result<Sample> finish(TensorId output, const std::string& name, const std::string& about);

  private:
    TensorId keep(TensorId tensor, reference::Cube cube);
    const reference::Cube& cube(TensorId tensor) const { return cubes_.at(tensor.index); }
    reference::Cube post(const reference::Cube& src, const SdpParameters& how) const;

    HardwareConfig config_;
    Precision precision_;
    NetworkBuilder builder_;
    SampleNumbers numbers_;
    std::map<std::size_t, reference::Cube> cubes_;
    std::vector<Lut> luts_;
    std::optional<Image> picture_;
    Bytes input_;
};

}  // namespace dla::runtime
