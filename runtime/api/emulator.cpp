// SPDX-License-Identifier: Apache-2.0
#include "runtime/api/emulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "runtime/image/half.hpp"

namespace dla::runtime {
namespace {

unsigned bytes_per_element(EmulatorFormat format) {
    return format == EmulatorFormat::kFp16 ? 2 : 1;
}

unsigned channels_per_atom(EmulatorFormat format) {
    return format == EmulatorFormat::kInt8x8 ? 8 : 32 / bytes_per_element(format);
}

// A buffer of the task with its memory.
class View {
  public:
    View(const EmulatorBuffer& buffer, std::span<std::uint8_t> memory)
        : buffer_(buffer), memory_(memory) {}

    std::size_t offset(unsigned x, unsigned y, unsigned c) const {
        const unsigned bytes = bytes_per_element(buffer_.format);
        const unsigned group = channels_per_atom(buffer_.format);
        return std::size_t{c / group} * buffer_.surf_stride + std::size_t{y} * buffer_.line_stride +
               std::size_t{x} * group * bytes + std::size_t{c % group} * bytes;
    }
    // No element, nor softmax's run of channels, reaches this byte.
    std::size_t end() const {
        const unsigned bytes = bytes_per_element(buffer_.format);
        const unsigned group = channels_per_atom(buffer_.format);
        const unsigned surface = (buffer_.channel - 1u) / group;
        const unsigned lane = std::min<unsigned>(buffer_.channel, group) - 1;
        const std::size_t last =
            offset(buffer_.width - 1u, buffer_.height - 1u, surface * group + lane);
        return std::max<std::size_t>(last, (buffer_.channel - 1u) * bytes) + bytes;
    }
    // "" or why the strides would lay elements on top of each other.
    std::string overlap() const {
        const std::size_t line = std::size_t{buffer_.width} * channels_per_atom(buffer_.format) *
                                 bytes_per_element(buffer_.format);
        if (buffer_.height > 1 && buffer_.line_stride < line) {
            return fmt::format("line_stride is {}, a line has {} bytes", buffer_.line_stride, line);
        }
        const std::size_t surface =
            buffer_.height > 1 ? std::size_t{buffer_.line_stride} * buffer_.height : line;
        if (buffer_.channel > channels_per_atom(buffer_.format) && buffer_.surf_stride < surface) {
            return fmt::format("surf_stride is {}, a surface has {} bytes", buffer_.surf_stride,
                               surface);
        }
        return {};
    }
    float half(std::size_t at) const {
        return half_to_float(static_cast<std::uint16_t>(memory_[at] | memory_[at + 1] << 8));
    }
    void set_half(std::size_t at, float value) {
        const std::uint16_t bits = float_to_half(value);
        memory_[at] = static_cast<std::uint8_t>(bits);
        memory_[at + 1] = static_cast<std::uint8_t>(bits >> 8);
    }
    float int8(std::size_t at) const { return static_cast<std::int8_t>(memory_[at]); }
    // Clamped, then cut towards zero.
    void set_int8(std::size_t at, float value) {
        const float clamped = std::clamp(std::isnan(value) ? 0.0f : value, -128.0f, 127.0f);
        memory_[at] = static_cast<std::uint8_t>(static_cast<std::int8_t>(clamped));
    }

  private:
    const EmulatorBuffer& buffer_;
    std::span<std::uint8_t> memory_;
};

std::string format_problem(const EmulatorOp& op) {
    if (op.src.format != op.dst.format) {
        return fmt::format("src.format is {}, dst.format is {}; they must be equal",
                           static_cast<unsigned>(op.src.format),
                           static_cast<unsigned>(op.dst.format));
    }
    switch (op.src.format) {
        case EmulatorFormat::kInt8:
        case EmulatorFormat::kInt8x8:
        case EmulatorFormat::kFp16:
            return {};
        default:
            return fmt::format("src.format is {}, computed are int8 (0, 1) and fp16 (3)",
                               static_cast<unsigned>(op.src.format));
    }
}

Result<View> view_of(const EmulatorBuffer& buffer, const char* name, const EmulatorMemory& memory) {
    if (buffer.width == 0 || buffer.height == 0 || buffer.channel == 0) {
        return fail(
            fmt::format("{} is {}x{}x{}", name, buffer.width, buffer.height, buffer.channel));
    }
    auto bytes = memory(static_cast<std::size_t>(buffer.address));
    bytes = bytes.subspan(std::min<std::size_t>(buffer.offset, bytes.size()));
    const View view(buffer, bytes);
    if (auto why = view.overlap(); !why.empty()) return fail(fmt::format("{}.{}", name, why));
    if (view.end() > bytes.size()) {
        return fail(fmt::format("{} needs {} bytes at address {}, {} are there", name, view.end(),
                                buffer.address, bytes.size()));
    }
    return view;
}

void store(View& dst, std::size_t at, bool half, const EmulatorOp& op, float value) {
    if (half) {
        dst.set_half(at, value);
    } else {
        dst.set_int8(at, value / op.output_scale);
    }
}

void power(const EmulatorOp& op, const View& src, View& dst) {
    const bool half = op.src.format == EmulatorFormat::kFp16;
    for (unsigned c = 0; c < op.src.channel; ++c) {
        for (unsigned y = 0; y < op.src.height; ++y) {
            for (unsigned x = 0; x < op.src.width; ++x) {
                const std::size_t from = src.offset(x, y, c);
                const float value = half ? src.half(from) : src.int8(from) * op.input_scale;
                const float result = std::pow(op.shift + op.scale * value, op.power);
                store(dst, dst.offset(x, y, c), half, op, result);
            }
        }
    }
}

// The channels lie one after another: softmax has width and height 1.
void softmax(const EmulatorOp& op, const View& src, View& dst) {
    const bool half = op.src.format == EmulatorFormat::kFp16;
    std::vector<float> values(op.src.channel);
    for (std::size_t c = 0; c < values.size(); ++c) {
        values[c] =
            half ? src.half(2 * c) : half_to_float(float_to_half(src.int8(c) * op.input_scale));
    }
    const float greatest = *std::max_element(values.begin(), values.end());
    float sum = 0;
    for (float& value : values) {
        value = std::exp(value - greatest);
        sum += value;
    }
    for (std::size_t c = 0; c < values.size(); ++c) {
        const float share = values[c] / sum;
        if (half) {
            dst.set_half(2 * c, share);
        } else {
            dst.set_int8(c, half_to_float(float_to_half(share)) / op.output_scale);
        }
    }
}

Result<void> run(const EmulatorOp& op, const EmulatorMemory& memory) {
    if (auto why = format_problem(op); !why.empty()) return fail(why);
    const auto src = view_of(op.src, "src", memory);
    if (!src) return tl::unexpected(src.error());
    auto dst = view_of(op.dst, "dst", memory);
    if (!dst) return tl::unexpected(dst.error());
    if (op.src.width != op.dst.width || op.src.height != op.dst.height ||
        op.src.channel != op.dst.channel) {
        return fail(fmt::format("src is {}x{}x{}, dst is {}x{}x{}; they must be equal",
                                op.src.width, op.src.height, op.src.channel, op.dst.width,
                                op.dst.height, op.dst.channel));
    }
    if (op.type == EmulatorOpType::kPower) {
        power(op, *src, *dst);
    } else {
        softmax(op, *src, *dst);
    }
    return {};
}

}  // namespace

Result<void> run_emulator_task(const EmulatorTask& task, const EmulatorMemory& memory) {
    for (std::size_t i = 0; i < task.operations.size(); ++i) {
        const EmulatorOp& op = task.operations[i];
        if (auto done = run(op, memory); !done) {
            return fail(fmt::format("emulator operation {} ({}): {}", i,
                                    op.type == EmulatorOpType::kPower ? "power" : "softmax",
                                    done.error().message));
        }
    }
    return {};
}

}  // namespace dla::runtime
