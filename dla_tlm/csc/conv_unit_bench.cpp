// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csc/conv_unit_bench.hpp"

#include <algorithm>

#include "dla_tlm/cdma/cdma_decode.hpp"

namespace dla::testing {
namespace {

constexpr std::size_t kLinkChunks = 4;
const std::vector<std::string> kAll{"CDMA", "CSC", "CMAC_A", "CMAC_B", "CACC"};

}  // namespace

ConvBench::ConvBench(const char* configuration, TimingMode mode)
    : UnitBench(*builtin_config(configuration), mode),
      links(config, waits),
      to_sdp("CACC to SDP", waits, kLinkChunks),
      cdma("CDMA", links.buffer, context()),
      csc("CSC", {links.buffer, links.to_cmac_a, links.to_cmac_b, links.pace}, context()),
      cmac_a("CMAC_A", "CMAC_A", links.to_cmac_a, links.from_cmac_a, context()),
      cmac_b("CMAC_B", "CMAC_B", links.to_cmac_b, links.from_cmac_b, context()),
      cacc("CACC", {links.from_cmac_a, links.from_cmac_b, to_sdp, links.pace}, context()) {
    const auto add = [&](const char* name, Unit& target) {
        programs_[name] =
            std::make_unique<UnitProgram>((std::string("program_") + name).c_str(), target);
    };
    add("CDMA", cdma);
    add("CSC", csc);
    add("CMAC_A", cmac_a);
    add("CMAC_B", cmac_b);
    add("CACC", cacc);
    for (std::size_t i = 0; i < memory.bytes().size(); ++i)
        memory.bytes()[i] = static_cast<std::uint8_t>((i * 2654435761u) >> 17);
    sc_core::sc_spawn([this] {
        outputs.emplace_back();
        for (;;) {
            AccumulatorChunk chunk = to_sdp.get("SDP", 0);
            const bool last = chunk.last;
            outputs.back().push_back(std::move(chunk));
            if (last) outputs.emplace_back();
        }
    });
}

void ConvBench::reset() {
    links.reset();
    to_sdp.reset();
    for (Unit* target : std::initializer_list<Unit*>{&cdma, &csc, &cmac_a, &cmac_b, &cacc})
        target->reset_unit();
    outputs.assign(1, {});
    interrupts.clear();
}

void ConvBench::set_all(const std::vector<std::string>& units, const char* name,
                        std::uint32_t value) {
    for (const std::string& target : units)
        unit(target).set(name, value);
}

void ConvBench::program(const BenchLayer& layer, unsigned group) {
    const std::uint32_t atom = config.memory_atom_bytes;
    const std::uint32_t in_size = (layer.width - 1) | (layer.height - 1) << 16;
    const std::uint32_t bytes = layer.weight_bytes != 0 ? layer.weight_bytes : layer.kernel_bytes();
    const std::uint32_t banks = (layer.data_banks - 1) | (layer.weight_banks - 1) << 16;
    const std::vector<std::string> ends{"CDMA", "CSC"};
    set_all(kAll, "S_POINTER", group);
    const auto precision = static_cast<std::uint32_t>(layer.precision);
    set_all(kAll, "D_MISC_CFG", precision << 12);
    set_all(ends, "D_MISC_CFG", layer.misc | precision << 12 | precision << 8);
    set_all(ends, "D_BANK", banks);
    set_all(ends, "D_WEIGHT_BYTES", bytes);
    UnitProgram& fetch = unit("CDMA");
    fetch.set("D_DATAIN_SIZE_0", in_size);
    fetch.set("D_DATAIN_SIZE_1", layer.channels - 1);
    fetch.set("D_DATAIN_SIZE_EXT_0", in_size);
    fetch.set("D_DAIN_RAM_TYPE", 1);
    fetch.set("D_DAIN_ADDR_LOW_0", layer.data);
    fetch.set("D_LINE_STRIDE", layer.width * atom);
    fetch.set("D_SURF_STRIDE", layer.width * layer.lines_per_surface() * atom);
    fetch.set("D_WEIGHT_SIZE_0", layer.kernel_bytes() / layer.kernels - 1);
    fetch.set("D_WEIGHT_SIZE_1", layer.kernels - 1);
    fetch.set("D_WEIGHT_RAM_TYPE", 1);
    fetch.set("D_WEIGHT_ADDR_LOW", layer.weights);
    const cdma::CdmaOp op = cdma::decode(cdma.registers(), group, config);
    set_all(ends, "D_ENTRY_PER_SLICE", static_cast<std::uint32_t>(cdma::entries_needed(op)) - 1);
    UnitProgram& sequence = unit("CSC");
    sequence.set("D_DATAIN_SIZE_EXT_0", (layer.width - 1) | (layer.lines() - 1) << 16);
    sequence.set("D_DATAIN_SIZE_EXT_1", layer.channels - 1);
    sequence.set("D_WEIGHT_SIZE_EXT_0", (layer.kernel - 1) | (layer.kernel - 1) << 16);
    sequence.set("D_WEIGHT_SIZE_EXT_1", (layer.channels - 1) | (layer.kernels - 1) << 16);
    sequence.set("D_ATOMICS", layer.out_width() * layer.out_height() - 1);
    sequence.set("D_RELEASE", (layer.release != 0 ? layer.release : layer.lines()) - 1);
    const std::vector<std::string> outs{"CSC", "CACC"};
    set_all(outs, "D_DATAOUT_SIZE_0", (layer.out_width() - 1) | (layer.out_height() - 1) << 16);
    set_all(outs, "D_DATAOUT_SIZE_1", layer.kernels - 1);
}

void ConvBench::enable(const std::vector<std::string>& order) {
    for (const std::string& target : order)
        unit(target).set("D_OP_ENABLE", 1);
}

void ConvBench::program_and_enable(const BenchLayer& layer, unsigned group) {
    program(layer, group);
    enable({"CACC", "CMAC_A", "CMAC_B", "CSC", "CDMA"});
}

std::vector<std::uint32_t> ConvBench::line_addresses(const BenchLayer& layer) const {
    std::vector<std::uint32_t> lines;
    for (unsigned y = 0; y < layer.height; ++y)
        lines.push_back(layer.data + y * layer.width * config.memory_atom_bytes);
    return lines;
}

bool ConvBench::output_is_right(std::size_t number, const BenchLayer& layer) {
    return output_is_right(number, layer, line_addresses(layer), layer.weights);
}

std::int32_t ConvBench::expected(const BenchLayer& layer, const std::vector<std::uint32_t>& lines,
                                 std::uint32_t weights, const std::array<unsigned, 3>& place) {
    const auto [k, y, x] = place;
    const unsigned atom = config.memory_atom_bytes;
    const unsigned block = config.atomic_c;
    const unsigned in_group = config.kernels_per_group(Precision::kInt8);
    const unsigned group = k / in_group;
    const unsigned kn = std::min(in_group, layer.kernels - group * in_group);
    const unsigned area = layer.kernel * layer.kernel;
    const auto at = [&](std::size_t address) {
        return static_cast<std::int8_t>(memory.bytes()[address]);
    };
    std::int32_t sum = 0;
    for (unsigned c = 0; c < layer.channels; ++c) {
        const unsigned cn = std::min(block, layer.channels - c / block * block);
        for (unsigned i = 0; i < area; ++i) {
            const std::size_t weight = weights + group * in_group * area * layer.channels +
                                       kn * area * (c / block * block) +
                                       (i * kn + k % in_group) * cn + c % block;
            const std::size_t data = lines[y + i / layer.kernel] +
                                     c / atom * layer.width * layer.lines_per_surface() * atom +
                                     (x + i % layer.kernel) * atom + c % atom;
            sum += at(weight) * at(data);
        }
    }
    return sum;
}

bool ConvBench::output_is_right(std::size_t number, const BenchLayer& layer,
                                const std::vector<std::uint32_t>& lines, std::uint32_t weights) {
    const unsigned lanes = config.memory_atom_bytes;
    std::size_t values = 0;
    for (const AccumulatorChunk& chunk : outputs.at(number)) {
        for (std::size_t i = 0; i < chunk.values.size(); ++i) {
            const auto lane = static_cast<unsigned>(i % lanes);
            const auto pixel = static_cast<unsigned>(i / lanes);
            const unsigned k = chunk.surface * lanes + lane;
            const std::array<unsigned, 3> place{k, chunk.first_line + pixel / layer.out_width(),
                                                pixel % layer.out_width()};
            const std::int32_t right =
                k < layer.kernels ? expected(layer, lines, weights, place) : 0;
            if (chunk.values[i] != right) return false;
            ++values;
        }
    }
    const std::size_t surfaces = (layer.kernels + lanes - 1) / lanes;
    return values == surfaces * lanes * layer.out_width() * layer.out_height();
}

}  // namespace dla::testing
