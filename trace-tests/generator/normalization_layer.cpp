// SPDX-License-Identifier: Apache-2.0
// CDP. spec: cdp.md.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "trace-tests/generator/layer_builder.hpp"

namespace dla::trace {
namespace {

constexpr std::int64_t kLastEntry = 256;  // of LO
constexpr unsigned kFractionBits = 16;
constexpr std::int64_t kBeyondAll = 1 << 20;

// The linear table LO, which has the priority everywhere; 2^select numbers from entry to entry.
struct Table {
    std::int64_t start;
    unsigned select;
    std::vector<std::int64_t> entries;

    std::int64_t look_up(std::int64_t q) const {
        const std::int64_t distance = q - start;
        if (distance <= 0) return entries.front();
        const std::int64_t i = distance >> select;
        if (i >= kLastEntry) return entries.back();
        const std::int64_t rest = distance - (i << select);
        const std::int64_t fraction = select > kFractionBits ? rest >> (select - kFractionBits)
                                                             : rest << (kFractionBits - select);
        const auto at = static_cast<std::size_t>(i);
        return clamp_bits(
            entries[at] + divide_rounded((entries[at + 1] - entries[at]) * fraction, kFractionBits),
            16);
    }
};

bool fp16(const LayerSpec& spec) {
    return spec.precision == Precision::kFp16;
}

Cube input_cube(const LayerSpec& spec, Random& random) {
    Cube cube = random_cube(spec.width, spec.height, spec.channels, spec.precision, random);
    if (fp16(spec))
        for (auto& value : cube.values)
            value = 1 + (value & 3);
    return cube;
}

// fp16: steps of one, so that no number is between two entries.
Table choose_table(const LayerSpec& spec, Random& random) {
    const unsigned bits = 8 * bytes_per_element(spec.precision);
    const bool squares = spec.square_sum;
    Table table{.start = squares || fp16(spec) ? 0 : -(std::int64_t{1} << (bits - 1)),
                .select = squares ? 2 * bits - 6 : bits - 8,
                .entries = {}};
    if (fp16(spec)) table.select = 0;
    for (std::int64_t i = 0; i <= kLastEntry; ++i)
        table.entries.push_back(fp16(spec) ? 1 + static_cast<std::int64_t>(random.next() % 31)
                                           : random.signed_bits(16));
    return table;
}

std::int64_t window_sum(const Cube& input, unsigned x, unsigned y, unsigned c,
                        const LayerSpec& spec) {
    if (!spec.square_sum) return input.at(x, y, c);
    std::int64_t sum = 0;
    const int reach = static_cast<int>(spec.window / 2);
    for (int at = static_cast<int>(c) - reach; at <= static_cast<int>(c) + reach; ++at) {
        if (at < 0 || at >= static_cast<int>(input.channels)) continue;
        const std::int64_t value = input.at(x, y, static_cast<unsigned>(at));
        sum += value * value;
    }
    return sum;
}

unsigned output_shift(const LayerSpec& spec) {
    if (fp16(spec)) return 0;
    const unsigned bits = 8 * bytes_per_element(spec.precision);
    return spec.multiply ? 15 : 16 - bits;
}

Cube normalize(const Cube& input, const Table& table, const LayerSpec& spec) {
    const unsigned bits = 8 * bytes_per_element(spec.precision);
    Cube output(input.width, input.height, input.channels);
    for (unsigned c = 0; c < input.channels; ++c)
        for (unsigned y = 0; y < input.height; ++y)
            for (unsigned x = 0; x < input.width; ++x) {
                const std::int64_t t = table.look_up(window_sum(input, x, y, c, spec));
                const std::int64_t product = spec.multiply ? t * input.at(x, y, c) : t;
                output.at(x, y, c) = clamp_bits(divide_rounded(product, output_shift(spec)), bits);
            }
    return output;
}

void program_table(RegisterProgram& p, const LayerSpec& spec, const Table& table) {
    const auto set_wide = [&](const std::string& name, std::int64_t value) {
        const auto bits =
            fp16(spec) ? std::int64_t{std::bit_cast<std::uint32_t>(static_cast<float>(value))}
                       : value;
        p.set("CDP", name + "_LOW", static_cast<std::uint32_t>(bits));
        p.set("CDP", name + "_HIGH", static_cast<std::uint32_t>(bits >> 32) & 0x3f);
    };
    program_lookup_tables(p, "CDP", spec.precision, spec.seed & 1, table.entries);
    const std::int64_t end = table.start + (kLastEntry << table.select);
    const std::int64_t le_start = fp16(spec) ? kBeyondAll : end;
    p.set("CDP", "S_LUT_INFO",
          {{"LUT_LE_INDEX_SELECT", table.select}, {"LUT_LO_INDEX_SELECT", table.select}});
    set_wide("S_LUT_LE_START", le_start);
    set_wide("S_LUT_LE_END", le_start + (std::int64_t{kLeEntries - 1} << table.select));
    set_wide("S_LUT_LO_START", table.start);
    set_wide("S_LUT_LO_END", end);
}

void program_cdp(RegisterProgram& p, const LayerSpec& spec, const CubeLayout& layout,
                 std::uint64_t destination) {
    p.set("CDP", "S_POINTER", 0);
    p.set("CDP", "D_FUNC_BYPASS",
          {{"SQSUM_BYPASS", !spec.square_sum}, {"MUL_BYPASS", !spec.multiply}});
    p.set_address("CDP", "D_DST_BASE_ADDR", destination);
    p.set("CDP", "D_DST_LINE_STRIDE", layout.line_stride);
    p.set("CDP", "D_DST_SURFACE_STRIDE", layout.surface_stride);
    p.set("CDP", "D_DST_DMA_CFG", {{"DST_RAM_TYPE", ram_type(spec.other_memory())}});
    p.set("CDP", "D_DATA_FORMAT",
          {{"INPUT_DATA_TYPE", static_cast<std::uint64_t>(spec.precision)}});
    p.set("CDP", "D_NAN_FLUSH_TO_ZERO", 0);
    p.set("CDP", "D_LRN_CFG", {{"NORMALZ_LEN", spec.window / 2 - 1}});
    p.set("CDP", "D_DATIN_OFFSET", 0);
    p.set("CDP", "D_DATIN_SCALE", 1);
    p.set("CDP", "D_DATIN_SHIFTER", 0);
    p.set("CDP", "D_DATOUT_OFFSET", 0);
    p.set("CDP", "D_DATOUT_SCALE", 1);
    p.set("CDP", "D_DATOUT_SHIFTER", output_shift(spec));
}

void program_reader(RegisterProgram& p, const LayerSpec& spec, const CubeLayout& layout,
                    std::uint64_t source) {
    p.set("CDP_RDMA", "S_POINTER", 0);
    p.set("CDP_RDMA", "D_DATA_CUBE_WIDTH", spec.width - 1);
    p.set("CDP_RDMA", "D_DATA_CUBE_HEIGHT", spec.height - 1);
    p.set("CDP_RDMA", "D_DATA_CUBE_CHANNEL", spec.channels - 1);
    p.set_address("CDP_RDMA", "D_SRC_BASE_ADDR", source);
    p.set("CDP_RDMA", "D_SRC_LINE_STRIDE", layout.line_stride);
    p.set("CDP_RDMA", "D_SRC_SURFACE_STRIDE", layout.surface_stride);
    p.set("CDP_RDMA", "D_SRC_DMA_CFG", {{"SRC_RAM_TYPE", ram_type(spec.memory)}});
    p.set("CDP_RDMA", "D_DATA_FORMAT",
          {{"INPUT_DATA", static_cast<std::uint64_t>(spec.precision)}});
}

}  // namespace

Result<GeneratedLayer> normalization_layer(const LayerSpec& spec, const HardwareConfig& config) {
    Random random(spec.seed);
    Allocator memory(spec.memory);
    Allocator other(spec.other_memory());
    const Cube input = input_cube(spec, random);
    const CubeLayout in_layout = cube_layout(config, spec.precision, input);
    if (spec.channels % in_layout.lanes() != 0)
        return fail(fmt::format("channels are {}, legal in a normalization are multiples of {}",
                                spec.channels, in_layout.lanes()));
    const Table table = choose_table(spec, random);
    const Cube output = normalize(input, table, spec);
    const CubeLayout out_layout =
        cube_layout(config, spec.precision, output, spec.line_gap, spec.surface_gap);

    GeneratedLayer layer(config.address_map);
    Image source{"input", memory.take(in_layout.bytes()), {}};
    put_cube(input, in_layout, source.bytes);
    const std::uint64_t destination =
        (spec.output_elsewhere ? other : memory).take(out_layout.bytes());
    program_table(layer.program, spec, table);
    program_cdp(layer.program, spec, out_layout, destination);
    program_reader(layer.program, spec, in_layout, source.address);
    layer.starts = {{"CDP", "D_OP_ENABLE"}, {"CDP_RDMA", "D_OP_ENABLE"}};
    layer.inputs.push_back(std::move(source));
    add_output(layer, output, out_layout, destination);
    layer.interrupts = {2};
    layer.words =
        fmt::format("CDP {}x{}x{} over {} channels{}{}", spec.width, spec.height, spec.channels,
                    spec.window, spec.square_sum ? "" : ", the number itself looked up",
                    spec.multiply ? "" : ", not multiplied");
    return layer;
}

}  // namespace dla::trace
