// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/generator/mode_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "trace-tests/generator/pixels.hpp"

namespace dla::trace {
namespace {

constexpr std::array kPrecisions{Precision::kInt8, Precision::kInt16, Precision::kFp16};
constexpr std::array kMethods{PoolingMethod::kAverage, PoolingMethod::kMax, PoolingMethod::kMin};

const char* word(Precision precision) {
    return std::array{"int8", "int16", "fp16"}[static_cast<std::size_t>(precision)];
}

const char* word(PoolingMethod method) {
    return std::array{"average", "max", "min"}[static_cast<std::size_t>(method)];
}

class Set {
  public:
    explicit Set(const HardwareConfig& config) : config_(config) {}

    // Every other one with the second memory, each with data of its own.
    void add(std::string name, LayerSpec spec) {
        if (!config_.has_precision(spec.precision)) return;
        spec.name = std::move(name);
        spec.seed = 1 + specs_.size();
        if (config_.features.second_memory) {
            spec.memory = specs_.size() % 2 == 0 ? Memory::kPrimary : Memory::kSecondary;
            spec.output_elsewhere = specs_.size() % 4 >= 2;
        }
        specs_.push_back(std::move(spec));
    }
    const HardwareConfig& config() const { return config_; }
    std::vector<LayerSpec> take() { return std::move(specs_); }

  private:
    const HardwareConfig& config_;
    std::vector<LayerSpec> specs_;
};

// Formats of a configuration for int8 only are those with bytes.
bool has_format(const HardwareConfig& config, unsigned code) {
    const Precision pixels = pixel_precision(code);
    return config.has_precision(pixels);
}

LayerSpec image(unsigned code, Precision precision) {
    LayerSpec spec{.kind = LayerKind::kConvolution, .precision = precision};
    spec.pixel_format = code;
    spec.width = 14;
    spec.height = 9;
    spec.kernels = 16;
    spec.pad = 1;
    spec.convert = code % 2 == 0;
    return spec;
}

void add_images(Set& set) {
    for (unsigned code = 0; code < kPixelFormatCodes; ++code) {
        if (!has_format(set.config(), code)) continue;
        for (const Precision precision : kPrecisions) {
            if (pixel_precision(code) == Precision::kFp16 && precision != Precision::kFp16)
                continue;
            LayerSpec spec = image(code, precision);
            spec.pad_two_sides = code % 3 == 1;
            if (spec.pad_two_sides) spec.width = 15, spec.height = 10;
            if (spec.pad_two_sides && precision != Precision::kFp16) spec.pad_value = code % 2;
            set.add(fmt::format("image_{}_{}", code, word(precision)), spec);
        }
    }
    for (const unsigned x : {1u, 2u, 4u})
        for (const unsigned y : {1u, 2u, 4u}) {
            LayerSpec spec = image(12, Precision::kInt8);
            spec.stride = x;
            spec.stride_y = y;
            spec.kernel_height = std::array{1u, 2u, 3u, 5u, 8u}[(x + y) % 5];
            spec.pad = 0;
            spec.width = 3 + 4 * x;
            spec.height = spec.kernel_height + 4 * y;
            set.add(fmt::format("image_stride_{}_{}", x, y), spec);
        }
    for (const unsigned rows : {1u, 2u, 8u}) {
        LayerSpec spec = image(12, Precision::kInt8);
        spec.kernel_height = rows;
        spec.pad = 0;
        spec.height = rows + 5;
        set.add(fmt::format("image_rows_{}", rows), spec);
    }
}

void add_convolutions(Set& set) {
    constexpr std::array kKernels{1u, 2u, 3u, 5u, 8u};
    for (const Precision precision : kPrecisions) {
        for (const unsigned width : kKernels)
            for (const unsigned height : kKernels) {
                LayerSpec spec{.precision = precision, .width = width + 3, .height = height + 2};
                spec.channels = 16;
                spec.kernels = 9;
                spec.kernel_width = width;
                spec.kernel_height = height;
                spec.convert = precision != Precision::kFp16 && width == height;
                set.add(fmt::format("conv_{}_{}x{}", word(precision), width, height), spec);
            }
        for (const unsigned channels : {4u, 32u, 80u})
            for (const unsigned kernels : {1u, 9u, 33u, 70u}) {
                LayerSpec spec{.precision = precision, .width = 5, .height = 4};
                spec.channels = channels;
                spec.kernels = kernels;
                spec.kernel_width = 3;
                spec.kernel_height = 2;
                set.add(fmt::format("conv_{}_c{}_k{}", word(precision), channels, kernels), spec);
            }
    }
    for (const unsigned x : {1u, 2u, 5u})
        for (const unsigned y : {1u, 2u, 5u})
            for (const unsigned kernel : {3u, 8u}) {
                LayerSpec spec{.precision = Precision::kInt8};
                spec.width = kernel + 3 * x;
                spec.height = kernel + 2 * y;
                spec.kernel_width = spec.kernel_height = kernel;
                spec.stride = x;
                spec.stride_y = y;
                set.add(fmt::format("conv_stride_{}_{}_kernel_{}", x, y, kernel), spec);
            }
}

// What the end of a convolution can be: tables, PDP behind SDP, a truncation of all that it can be.
void add_convolution_ends(Set& set) {
    LayerSpec spec{.width = 6, .height = 5};
    spec.kernels = 32;
    for (const Precision precision : kPrecisions) {
        spec.precision = precision;
        for (const PoolingMethod method : {PoolingMethod::kMax, PoolingMethod::kMin}) {
            LayerSpec pooled = spec;
            pooled.pooled = true;
            pooled.method = method;
            set.add(fmt::format("conv_{}_{}", word(precision), word(method)), pooled);
        }
        if (!set.config().features.sdp_lut) continue;
        for (const TableFunction function : {TableFunction::kExponent, TableFunction::kLinear}) {
            LayerSpec looked_up = spec;
            looked_up.table = function;
            set.add(fmt::format("conv_{}_table_{}", word(precision), static_cast<int>(function)),
                    looked_up);
        }
    }
    spec.precision = Precision::kInt8;
    spec.channels = 128;
    spec.truncate = 16;
    set.add("conv_int8_truncate_16", spec);
}

// A convolution whose padded input is three blocks of four each way.
LayerSpec winograd(Precision precision, unsigned stride_x, unsigned stride_y, unsigned pad,
                   bool all_sides) {
    LayerSpec spec{.precision = precision};
    spec.winograd = true;
    if (precision == Precision::kFp16) spec.channels = 16;  // sums that fp16 holds
    spec.stride = stride_x;
    spec.stride_y = stride_y;
    spec.pad = pad;
    spec.pad_two_sides = !all_sides;
    spec.width = 12 * stride_x - pad - spec.pad_behind();
    spec.height = 12 * stride_y - pad - spec.pad_behind();
    return spec;
}

void add_winograd(Set& set) {
    if (!set.config().features.winograd) return;
    for (const Precision precision : kPrecisions) {
        const bool whole = precision != Precision::kFp16;
        for (const unsigned x : {1u, 2u, 3u})
            for (const unsigned y : {1u, 2u, 3u})
                set.add(fmt::format("winograd_{}_stride_{}_{}", word(precision), x, y),
                        winograd(precision, x, y, (x + y) % 2, x == 2));
        for (unsigned truncate = 0; whole && truncate <= 2; ++truncate) {
            LayerSpec spec = winograd(precision, 1, 1, 0, true);
            spec.pre_truncate = truncate;
            spec.convert = truncate == 1;
            set.add(fmt::format("winograd_{}_truncate_{}", word(precision), truncate), spec);
        }
        for (const bool all_sides : {false, true}) {
            LayerSpec spec = winograd(precision, 1, 1, 2, all_sides);
            if (whole) spec.pad_value = all_sides ? 3 : -2;
            if (whole) spec.truncate = 16;
            set.add(fmt::format("winograd_{}_pad_{}", word(precision), all_sides), spec);
        }
        // Each of the four pairs of memories, whatever the set gives the next one.
        for (unsigned i = 0; i < 4; ++i) {
            LayerSpec spec = winograd(precision, 1, 1, 1, true);
            spec.compressed = i % 2 == 0;
            set.add(fmt::format("winograd_{}_memories_{}", word(precision), i), spec);
        }
    }
}

void add_compressed_images(Set& set) {
    if (!set.config().features.weight_compression) return;
    for (const Precision precision : kPrecisions) {
        LayerSpec spec = image(12, precision);
        spec.kernels = 40;  // groups that are not full
        spec.compressed = true;
        set.add(fmt::format("image_{}_compressed", word(precision)), spec);
    }
}

LayerSpec pooling(PoolingMethod method, Precision precision, unsigned kernel, unsigned stride) {
    LayerSpec spec{.kind = LayerKind::kPooling, .precision = precision};
    spec.method = method;
    spec.channels = 16;
    spec.kernel_width = spec.kernel_height = kernel;
    spec.stride = stride;
    spec.width = kernel + 3 * stride;
    spec.height = kernel + 2 * stride;
    return spec;
}

void add_poolings(Set& set) {
    unsigned turn = 0;
    for (const PoolingMethod method : kMethods) {
        for (unsigned kernel = 1; kernel <= 8; ++kernel)
            for (const unsigned stride : {1u, 2u, 3u + kernel % 6, 9u + kernel % 8}) {
                const bool halves = (kernel & (kernel - 1)) == 0;
                Precision precision = kPrecisions[turn++ % 3];
                const bool rounds = method == PoolingMethod::kAverage && !halves;
                if (precision == Precision::kFp16 && rounds) precision = Precision::kInt16;
                if (!set.config().has_precision(precision)) precision = Precision::kInt8;
                set.add(fmt::format("pdp_{}_kernel_{}_stride_{}", word(method), kernel, stride),
                        pooling(method, precision, kernel, stride));
            }
        for (const Precision precision : kPrecisions) {
            LayerSpec spec = pooling(method, precision, 2, 2);
            spec.from_sdp = true;
            set.add(fmt::format("pdp_{}_{}_behind_sdp", word(method), word(precision)), spec);
            for (const unsigned sides : {0u, 2u, 4u}) {
                spec = pooling(method, precision, 4, 1);
                spec.pad = sides == 0 ? 0 : 2;
                spec.pad_two_sides = sides == 2;
                spec.stripes = 1 + sides / 2;
                const bool average = method == PoolingMethod::kAverage;
                if (average && precision != Precision::kFp16) spec.pad_value = 3;
                set.add(fmt::format("pdp_{}_{}_pad_{}", word(method), word(precision), sides),
                        spec);
            }
        }
        for (const bool all : {false, true}) {
            LayerSpec spec = pooling(method, Precision::kInt8, 3, 2);
            spec.pad = 1;
            spec.pad_two_sides = !all;
            if (!all) ++spec.width, ++spec.height;
            set.add(fmt::format("pdp_{}_pad_zero_{}", word(method), all), spec);
        }
    }
}

void add_normalizations(Set& set) {
    for (const Precision precision : kPrecisions)
        for (const unsigned window : {3u, 5u, 7u, 9u})
            for (const bool square_sum : {true, false})
                for (const bool multiply : {true, false}) {
                    LayerSpec spec{.kind = LayerKind::kNormalization, .precision = precision};
                    spec.width = 5;
                    spec.height = 3;
                    spec.window = window;
                    spec.square_sum = square_sum;
                    spec.multiply = multiply;
                    set.add(fmt::format("cdp_{}_{}{}{}", word(precision), window,
                                        square_sum ? "" : "_plain", multiply ? "" : "_table"),
                            spec);
                }
}

void add_movers(Set& set) {
    if (set.config().features.bdma)
        for (const unsigned lines : {1u, 3u})
            for (const unsigned surfaces : {1u, 2u}) {
                LayerSpec spec{.kind = LayerKind::kCopy, .width = 96, .height = lines};
                spec.channels = surfaces;
                set.add(fmt::format("bdma_{}_{}", lines, surfaces), spec);
            }
    if (!set.config().features.rubik) return;
    constexpr std::array kWords{"contract", "split", "merge"};
    for (const Precision precision : kPrecisions)
        for (const Reshaping way : {Reshaping::kContract, Reshaping::kSplit, Reshaping::kMerge})
            for (const unsigned strides : {0u, 1u, 2u, 3u}) {
                if (way != Reshaping::kContract && strides > 1) continue;
                LayerSpec spec{.kind = LayerKind::kReshape, .precision = precision};
                spec.width = 5;
                spec.height = 3;
                spec.channels = 32;
                spec.reshaping = way;
                if (way == Reshaping::kContract) {
                    spec.stride = 1 + strides % 2;
                    spec.stride_y = 1 + strides / 2;
                    spec.channels = 32 * spec.stride * spec.stride_y;
                }
                set.add(fmt::format("rubik_{}_{}_{}", kWords[static_cast<std::size_t>(way)],
                                    word(precision), strides),
                        spec);
            }
}

void draw_steps(Set& set, Precision precision, unsigned first, unsigned end) {
    for (unsigned draw = first; draw < end; ++draw) {
        LayerSpec spec{.kind = LayerKind::kSdp, .precision = precision};
        spec.width = 4;
        spec.height = 3;
        spec.random_steps = true;
        set.add(fmt::format("sdp_{}_{}", word(precision), draw), spec);
    }
}

void add_steps(Set& set) {
    constexpr unsigned kDraws = 160;
    constexpr unsigned kMoreDraws = 40;  // operands of one byte in every way are rare
    for (const Precision precision : kPrecisions) {
        draw_steps(set, precision, 0, kDraws);
        if (!set.config().features.sdp_ew) continue;
        LayerSpec same{.kind = LayerKind::kSdp, .precision = precision};
        same.compare_equal = true;
        set.add(fmt::format("sdp_{}_same", word(precision)), same);
    }
    draw_steps(set, Precision::kInt16, kDraws, kDraws + kMoreDraws);
}

}  // namespace

std::vector<Chain> reuse_chains(const HardwareConfig& config) {
    // What lies in CBUF between the layers, bit 0: data, bit 1: weights. Each pair of neighbours
    // comes once, and the last goes over into the first.
    constexpr std::array kKept{0u, 0u, 1u, 0u, 2u, 0u, 3u, 1u, 1u, 2u, 1u, 3u, 2u, 2u, 3u, 3u};
    std::vector<LayerSpec> bases{{.name = "direct"}, image(12, Precision::kInt8)};
    bases[1].name = "image";
    bases[1].kernels = 32;  // weights of whole 128 bytes: what lies behind them would stay in CBUF
    if (config.features.winograd) {
        bases.push_back(winograd(Precision::kInt8, 1, 1, 1, true));
        bases.back().name = "winograd";
    }
    std::vector<Chain> chains;
    for (const LayerSpec& base : bases) {
        Chain chain{"reuse_" + base.name, {}};
        LayerSpec spec = base;
        for (unsigned i = 0; i < kKept.size(); ++i) {
            const unsigned before = kKept[i];
            const unsigned after = kKept[(i + 1) % kKept.size()];
            spec.data = {.reuse = (before & 1) != 0, .keep = (after & 1) != 0};
            spec.weights = {.reuse = (before & 2) != 0, .keep = (after & 2) != 0};
            if (!spec.data.reuse) spec.seed = 100 + i;
            if (!spec.weights.reuse) spec.weight_seed = 200 + i;
            spec.group = i % 2;
            spec.name = chain.name;
            chain.layers.push_back(spec);
        }
        chains.push_back(std::move(chain));
    }
    return chains;
}

Result<std::vector<GeneratedLayer>> generate(const Chain& chain, const HardwareConfig& config) {
    std::vector<GeneratedLayer> layers;
    for (const LayerSpec& spec : chain.layers) {
        auto layer = generate(spec, config);
        if (!layer)
            return fail(
                fmt::format("{}, layer {}: {}", chain.name, layers.size(), layer.error().message));
        for (Image& image : layer->inputs) {
            const bool kept = (image.name == "input" && spec.data.reuse) ||
                              (image.name == "weights" && spec.weights.reuse);
            if (kept) std::ranges::fill(image.bytes, std::uint8_t{0x5a});
        }
        layers.push_back(std::move(*layer));
    }
    return layers;
}

std::vector<LayerSpec> mode_set(const HardwareConfig& config) {
    Set set(config);
    add_images(set);
    add_convolutions(set);
    add_convolution_ends(set);
    add_winograd(set);
    add_compressed_images(set);
    add_poolings(set);
    add_normalizations(set);
    add_movers(set);
    add_steps(set);
    return set.take();
}

}  // namespace dla::trace
