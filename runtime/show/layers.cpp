// SPDX-License-Identifier: Apache-2.0
#include "runtime/show/layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cctype>
#include <type_traits>

namespace dla::runtime {
namespace {

const char* precision_name(std::uint8_t precision) {
    static constexpr const char* kNames[] = {"int8", "int16", "fp16"};
    return precision < 3 ? kNames[precision] : "unknown precision";
}

std::string size_words(const DataCube& cube) {
    return fmt::format("{}x{}x{}", cube.width, cube.height, cube.channel);
}

std::string from_to(const DataCube& src, const DataCube& dst) {
    return fmt::format("{}{} -> {}{}", size_words(src),
                       src.type == kOnTheFly ? " (on the fly)" : "", size_words(dst),
                       dst.type == kOnTheFly ? " (on the fly)" : "");
}

std::string words(const Bdma& bdma) {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(bdma.num_transfers, 20); ++i) {
        const BdmaTransfer& t = bdma.transfers[i];
        bytes += std::uint64_t{t.line_size} * t.line_repeat * t.surface_repeat;
    }
    return fmt::format("{} transfers, {} bytes", bdma.num_transfers, bytes);
}

std::string words(const Conv& conv) {
    std::string text = fmt::format("{}x{}", conv.kernel_width_csc, conv.kernel_height_csc);
    if (conv.conv_mode == 1) text += " Winograd";
    if (conv.data_format < kPixelFeature) text += fmt::format(" image format {}", conv.data_format);
    text += fmt::format(" stride {}x{}", conv.conv_stride_x, conv.conv_stride_y);
    text += fmt::format(" pad {},{},{},{}", conv.pad_x_left, conv.pad_x_right, conv.pad_y_top,
                        conv.pad_y_bottom);
    if (conv.dilation_x > 1 || conv.dilation_y > 1) {
        text += fmt::format(" dilation {}x{}", conv.dilation_x, conv.dilation_y);
    }
    if (conv.batch > 1) text += fmt::format(" batch {}", conv.batch);
    if (conv.weight_format == 1) text += " compressed weights";
    if (conv.data_reuse) text += " data reuse";
    if (conv.weight_reuse) text += " weight reuse";
    return fmt::format("{}, {}, {}, banks {}+{}", text, from_to(conv.src, conv.dst),
                       precision_name(conv.out_precision), conv.data_bank, conv.weight_bank);
}

std::string unit_words(const char* name, const SdpUnit& unit) {
    if (!unit.enable) return {};
    static constexpr const char* kAlu[] = {"max", "min", "add", "eql"};
    static constexpr const char* kMode[] = {"layer", "kernel", "point"};
    static constexpr const char* kAct[] = {"", " relu", " lut", " prelu"};
    std::string text = fmt::format(" {}:", name);
    if (unit.type == kSdpMul || unit.type == kSdpBoth) text += " mul";
    if (unit.type == kSdpAdd || unit.type == kSdpBoth) {
        text += fmt::format(" {}", unit.alu_type < 4 ? kAlu[unit.alu_type] : "alu?");
    }
    if (unit.type != 0 && unit.mode < 3) text += fmt::format(" per {}", kMode[unit.mode]);
    if (unit.truncate) text += fmt::format(" >>{}", unit.truncate);
    return text + (unit.act < 4 ? kAct[unit.act] : "");
}

std::string words(const Sdp& sdp) {
    std::string text = unit_words("x1", sdp.x1) + unit_words("x2", sdp.x2) + unit_words("y", sdp.y);
    if (sdp.src_precision != kCodeFp16) {
        text += fmt::format(" out: *{} >>{}", sdp.out_cvt.scale, sdp.out_cvt.truncate);
    }
    if (text.starts_with(' ')) text.erase(0, 1);
    return fmt::format("{}{}{}, {}", text, text.empty() ? "" : ", ", from_to(sdp.src, sdp.dst),
                       precision_name(sdp.dst_precision));
}

std::string words(const Pdp& pdp) {
    static constexpr const char* kMode[] = {"average", "max", "min"};
    return fmt::format("{} {}x{} stride {}x{} pad {},{},{},{}{}, {}, {}",
                       pdp.pool_mode < 3 ? kMode[pdp.pool_mode] : "unknown pooling",
                       pdp.pool_width + 1, pdp.pool_height + 1, pdp.stride_x, pdp.stride_y,
                       pdp.pad_left, pdp.pad_right, pdp.pad_top, pdp.pad_bottom,
                       pdp.split_num > 1 ? fmt::format(" split {}", pdp.split_num) : "",
                       from_to(pdp.src, pdp.dst), precision_name(pdp.precision));
}

std::string words(const Cdp& cdp) {
    return fmt::format("LRN over {} channels, table {}, {}, {}", cdp.local_size, cdp.lut_index,
                       from_to(cdp.src, cdp.dst), precision_name(cdp.in_precision));
}

std::string words(const Rubik& rubik) {
    static constexpr const char* kMode[] = {"contract", "split", "merge"};
    return fmt::format(
        "{}{}, {}, {}", rubik.mode < 3 ? kMode[rubik.mode] : "unknown mode",
        rubik.mode == kRubikContract ? fmt::format(" {}x{}", rubik.stride_x, rubik.stride_y) : "",
        from_to(rubik.src, rubik.dst), precision_name(rubik.precision));
}

std::uint64_t cube_traffic(const DataCube& cube, std::uint8_t precision, unsigned atom_bytes) {
    if (cube.type == kOnTheFly) return 0;
    const unsigned per_atom = atom_bytes / precision_bytes(precision);
    const std::uint64_t surfaces = (cube.channel + per_atom - 1) / per_atom;
    return surfaces * cube.width * cube.height * atom_bytes;
}

// Operands of one SDP unit, by the size of its mode.
std::uint64_t operand_traffic(const SdpUnit& unit, const DataCube& src) {
    if (!unit.enable || unit.type == 0 || unit.mode == kPerLayer) return 0;
    const std::uint64_t elements =
        unit.mode == kPerKernel ? src.channel : std::uint64_t{src.width} * src.height * src.channel;
    return elements * precision_bytes(unit.precision) * (unit.type == kSdpBoth ? 2 : 1);
}

std::uint64_t input_bytes(const Conv& conv, unsigned atom_bytes) {
    if (conv.data_format == kPixelFeature) {
        return conv.batch * cube_traffic(conv.src, conv.in_precision, atom_bytes);
    }
    return std::uint64_t{conv.src.line_stride} * conv.src.height;
}

}  // namespace

std::string layer_name(const Operation& op, std::size_t index) {
    std::string name = name_of(op.common.type);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return fmt::format("{}{}", name, index);
}

std::string operation_words(const Operation& op) {
    return std::visit([](const auto& body) { return words(body); }, op.body);
}

std::uint64_t macs(const Operation& op) {
    const auto* conv = std::get_if<Conv>(&op.body);
    if (!conv) return 0;
    const std::uint64_t pixels = std::uint64_t{conv->dst.width} * conv->dst.height * conv->batch;
    const std::uint64_t per_kernel =
        std::uint64_t{conv->kernel_width_csc} * conv->kernel_height_csc * conv->kernel_channel_csc;
    const std::uint64_t all = pixels * conv->dst.channel * per_kernel;
    return conv->conv_mode == 1 ? all / 4 : all;  // 16 products give four Winograd outputs
}

const DataCube* source(const Operation& op) {
    return std::visit(
        [](const auto& body) -> const DataCube* {
            if constexpr (std::is_same_v<std::decay_t<decltype(body)>, Bdma>) {
                return nullptr;
            } else {
                return &body.src;
            }
        },
        op.body);
}

const DataCube* destination(const Operation& op) {
    return std::visit(
        [](const auto& body) -> const DataCube* {
            if constexpr (std::is_same_v<std::decay_t<decltype(body)>, Bdma>) {
                return nullptr;
            } else {
                return &body.dst;
            }
        },
        op.body);
}

Images destination_images(const Operation& op) {
    const auto* sdp = std::get_if<Sdp>(&op.body);
    if (!sdp || sdp->batch_num <= 1) return {};
    return {.count = sdp->batch_num, .stride = sdp->batch_stride};
}

std::uint8_t source_precision(const Operation& op) {
    if (const auto* conv = std::get_if<Conv>(&op.body)) return conv->in_precision;
    if (const auto* sdp = std::get_if<Sdp>(&op.body)) return sdp->src_precision;
    if (const auto* cdp = std::get_if<Cdp>(&op.body)) return cdp->in_precision;
    return destination_precision(op);
}

std::uint8_t destination_precision(const Operation& op) {
    if (const auto* conv = std::get_if<Conv>(&op.body)) return conv->out_precision;
    if (const auto* sdp = std::get_if<Sdp>(&op.body)) return sdp->dst_precision;
    if (const auto* pdp = std::get_if<Pdp>(&op.body)) return pdp->precision;
    if (const auto* cdp = std::get_if<Cdp>(&op.body)) return cdp->out_precision;
    if (const auto* rubik = std::get_if<Rubik>(&op.body)) return rubik->precision;
    return kCodeInt8;
}

Traffic traffic(const Operation& op, unsigned atom_bytes) {
    Traffic moved;
    if (const auto* bdma = std::get_if<Bdma>(&op.body)) {
        for (std::size_t i = 0; i < std::min<std::size_t>(bdma->num_transfers, 20); ++i) {
            const BdmaTransfer& t = bdma->transfers[i];
            moved.read += std::uint64_t{t.line_size} * t.line_repeat * t.surface_repeat;
        }
        moved.written = moved.read;
        return moved;
    }
    moved.written = cube_traffic(*destination(op), destination_precision(op), atom_bytes);
    if (const auto* conv = std::get_if<Conv>(&op.body)) {
        if (!conv->data_reuse) moved.read += input_bytes(*conv, atom_bytes);
        if (!conv->weight_reuse) {
            moved.read += conv->weight.size;
            if (conv->weight_format == 1) moved.read += conv->wmb.size + conv->wgs.size;
        }
        return moved;
    }
    moved.read = cube_traffic(*source(op), source_precision(op), atom_bytes);
    if (const auto* sdp = std::get_if<Sdp>(&op.body)) {
        moved.written *= sdp->batch_num;
        for (const SdpUnit& unit : {sdp->x1, sdp->x2, sdp->y}) {
            moved.read += operand_traffic(unit, sdp->src);
        }
    }
    return moved;
}

Bytes packed_cube(const DataCube& cube, unsigned element_bytes, unsigned atom_bytes,
                  std::span<const std::uint8_t> memory) {
    const unsigned per_atom = atom_bytes / element_bytes;
    Bytes packed;
    packed.reserve(std::size_t{cube.width} * cube.height * cube.channel * element_bytes);
    for (unsigned c = 0; c < cube.channel; ++c) {
        for (unsigned y = 0; y < cube.height; ++y) {
            for (unsigned x = 0; x < cube.width; ++x) {
                const std::size_t at = std::size_t{c / per_atom} * cube.surf_stride +
                                       std::size_t{y} * cube.line_stride +
                                       std::size_t{x} * atom_bytes +
                                       std::size_t{c % per_atom} * element_bytes;
                if (at + element_bytes > memory.size()) return {};
                const auto element = memory.subspan(at, element_bytes);
                packed.insert(packed.end(), element.begin(), element.end());
            }
        }
    }
    return packed;
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

}  // namespace dla::runtime
