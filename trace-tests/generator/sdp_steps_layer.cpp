// SPDX-License-Identifier: Apache-2.0
// SDP off line with any operations in its three steps. spec: sdp.md.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "trace-tests/generator/layer_builder.hpp"
#include "trace-tests/generator/sdp_steps.hpp"

namespace dla::trace {
namespace {

using Operand = SdpStep::Operand;

constexpr std::array kReaders{"BRDMA", "NRDMA", "ERDMA"};
constexpr std::array kSteps{"BS", "BN", "EW"};

std::uint64_t code(Precision precision) {
    return static_cast<std::uint64_t>(precision);
}

// An operand cube in memory: for each element the ALU's value and then the multiplier's.
Bytes operand_image(const SdpStep& step, const SdpSteps& steps, const CubeLayout& proc) {
    const bool both = step.alu_from_memory() && step.mul_from_memory();
    const unsigned size = step.one_byte ? 1 : 2;
    const unsigned atom = proc.lanes() * (both ? 2 : 1) * size;
    const Cube& shape = step.alu_from_memory() ? step.alu_cube : step.mul_cube;
    const unsigned width = step.per_element ? shape.width : 1;
    const unsigned height = step.per_element ? shape.height : 1;
    Bytes bytes;
    const auto append = [&](std::int64_t value) {
        const auto bits = static_cast<std::uint64_t>(element_bits(value, steps.proc));
        for (unsigned i = 0; i < size; ++i)
            bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
    };
    bytes.reserve(std::size_t{atom} * width * height * proc.surfaces);
    for (unsigned surface = 0; surface < proc.surfaces; ++surface)
        for (unsigned y = 0; y < height; ++y)
            for (unsigned x = 0; x < width; ++x)
                for (unsigned c = surface * proc.lanes(); c < (surface + 1) * proc.lanes(); ++c) {
                    const bool real = c < shape.channels;
                    if (step.alu_from_memory()) append(real ? step.alu_cube.at(x, y, c) : 0);
                    if (step.mul_from_memory()) append(real ? step.mul_cube.at(x, y, c) : 0);
                }
    return bytes;
}

void program_reader(GeneratedLayer& layer, const LayerSpec& spec, const SdpSteps& steps,
                    unsigned number, const CubeLayout& proc, Allocator& memory) {
    RegisterProgram& p = layer.program;
    const SdpStep& step = steps.step[number];
    const std::string reader = kReaders[number];
    const std::string cfg = fmt::format("D_{}_CFG", reader);
    const bool alu = step.alu_from_memory();
    const bool mul = step.mul_from_memory();
    if (!alu && !mul) {
        p.set("SDP_RDMA", cfg, {{reader + "_DISABLE", 1}});
        return;
    }
    Image image{fmt::format("operands_{}", kSteps[number]), 0, operand_image(step, steps, proc)};
    image.address = memory.take(image.bytes.size());
    p.set("SDP_RDMA", cfg,
          {{reader + "_DISABLE", 0},
           {reader + "_DATA_USE", alu && mul ? 2u : (alu ? 1u : 0u)},
           {reader + "_DATA_SIZE", !step.one_byte},
           {reader + "_DATA_MODE", step.per_element},
           {reader + "_RAM_TYPE", ram_type(spec.memory)}});
    const auto atom = proc.lanes() * (alu && mul ? 2 : 1) * (step.one_byte ? 1 : 2);
    const std::string base = fmt::format("D_{}", kSteps[number]);
    p.set_address("SDP_RDMA", base + "_BASE_ADDR", image.address);
    p.set("SDP_RDMA", base + "_LINE_STRIDE", atom * spec.width);
    p.set("SDP_RDMA", base + "_SURFACE_STRIDE", atom * spec.width * spec.height);
    layer.inputs.push_back(std::move(image));
}

void program_x(RegisterProgram& p, const SdpStep& step, const std::string& name,
               Precision precision) {
    const auto alu = step.alu == SdpStep::Alu::kOff ? 0u : static_cast<unsigned>(step.alu);
    const std::string dp = "D_DP_" + name;
    p.set("SDP", dp + "_CFG",
          {{name + "_BYPASS", !step.works()},
           {name + "_ALU_BYPASS", step.alu == SdpStep::Alu::kOff},
           {name + "_ALU_ALGO", alu},
           {name + "_MUL_BYPASS", step.mul == SdpStep::Mul::kOff},
           {name + "_MUL_PRELU", step.mul == SdpStep::Mul::kPrelu},
           {name + "_RELU_BYPASS", !step.relu}});
    p.set("SDP", dp + "_ALU_CFG",
          {{name + "_ALU_SRC", step.alu_operand != Operand::kRegister},
           {name + "_ALU_SHIFT_VALUE", step.alu_shift}});
    p.set("SDP", dp + "_MUL_CFG",
          {{name + "_MUL_SRC", step.mul_operand != Operand::kRegister},
           {name + "_MUL_SHIFT_VALUE", step.mul_shift}});
    const auto value = [&](std::int64_t number) {
        return static_cast<std::uint32_t>(element_bits(number, precision)) & 0xffff;
    };
    p.set("SDP", dp + "_ALU_SRC_VALUE", value(step.alu_value));
    p.set("SDP", dp + "_MUL_SRC_VALUE", value(step.mul_value));
}

void program_ew(RegisterProgram& p, const SdpSteps& steps) {
    const SdpStep& step = steps.step[2];
    const bool table = steps.table.function != TableFunction::kOff;
    const auto alu = step.alu == SdpStep::Alu::kOff ? 0u : static_cast<unsigned>(step.alu);
    p.set("SDP", "D_DP_EW_CFG",
          {{"EW_BYPASS", !step.works() && !table},
           {"EW_ALU_BYPASS", step.alu == SdpStep::Alu::kOff},
           {"EW_ALU_ALGO", alu},
           {"EW_MUL_BYPASS", step.mul == SdpStep::Mul::kOff},
           {"EW_MUL_PRELU", step.mul == SdpStep::Mul::kPrelu},
           {"EW_LUT_BYPASS", !table}});
    const auto operand = [&](const std::string& name, Operand from, std::int64_t value) {
        p.set("SDP", "D_DP_EW_" + name + "_CFG",
              {{"EW_" + name + "_SRC", from != Operand::kRegister},
               {"EW_" + name + "_CVT_BYPASS", from != Operand::kConverted}});
        p.set("SDP", "D_DP_EW_" + name + "_SRC_VALUE", wide_bits(value, steps.proc));
        p.set("SDP", "D_DP_EW_" + name + "_CVT_OFFSET_VALUE",
              static_cast<std::uint32_t>(kOperandOffset));
        p.set("SDP", "D_DP_EW_" + name + "_CVT_SCALE_VALUE",
              static_cast<std::uint32_t>(kOperandScale));
        p.set("SDP", "D_DP_EW_" + name + "_CVT_TRUNCATE_VALUE", kOperandTruncate);
    };
    operand("ALU", step.alu_operand, step.alu_value);
    operand("MUL", step.mul_operand, step.mul_value);
    p.set("SDP", "D_DP_EW_TRUNCATE_VALUE", step.mul_shift);
}

void program_source(GeneratedLayer& layer, const LayerSpec& spec, const SdpSteps& steps,
                    const Image& source, const CubeLayout& layout) {
    RegisterProgram& p = layer.program;
    p.set("SDP_RDMA", "S_POINTER", 0);
    p.set("SDP_RDMA", "D_DATA_CUBE_WIDTH", spec.width - 1);
    p.set("SDP_RDMA", "D_DATA_CUBE_HEIGHT", spec.height - 1);
    p.set("SDP_RDMA", "D_DATA_CUBE_CHANNEL", spec.channels - 1);
    p.set_address("SDP_RDMA", "D_SRC_BASE_ADDR", source.address);
    p.set("SDP_RDMA", "D_SRC_LINE_STRIDE", layout.line_stride);
    p.set("SDP_RDMA", "D_SRC_SURFACE_STRIDE", layout.surface_stride);
    p.set("SDP_RDMA", "D_FEATURE_MODE_CFG",
          {{"FLYING_MODE", 0},
           {"IN_PRECISION", code(steps.input)},
           {"PROC_PRECISION", code(steps.proc)},
           {"OUT_PRECISION", code(steps.output)}});
    p.set("SDP_RDMA", "D_SRC_DMA_CFG", {{"SRC_RAM_TYPE", ram_type(spec.memory)}});
}

void program_output(GeneratedLayer& layer, const LayerSpec& spec, const SdpSteps& steps,
                    const CubeLayout& layout, std::uint64_t address) {
    RegisterProgram& p = layer.program;
    p.set("SDP", "S_POINTER", 0);
    p.set("SDP", "D_DATA_CUBE_WIDTH", spec.width - 1);
    p.set("SDP", "D_DATA_CUBE_HEIGHT", spec.height - 1);
    p.set("SDP", "D_DATA_CUBE_CHANNEL", spec.channels - 1);
    p.set_address("SDP", "D_DST_BASE_ADDR", address);
    p.set("SDP", "D_DST_LINE_STRIDE", layout.line_stride);
    p.set("SDP", "D_DST_SURFACE_STRIDE", layout.surface_stride);
    p.set("SDP", "D_FEATURE_MODE_CFG", 0);
    p.set("SDP", "D_DST_DMA_CFG", {{"DST_RAM_TYPE", ram_type(spec.other_memory())}});
    p.set("SDP", "D_DATA_FORMAT",
          {{"PROC_PRECISION", code(steps.proc)}, {"OUT_PRECISION", code(steps.output)}});
    p.set("SDP", "D_CVT_OFFSET", static_cast<std::uint32_t>(steps.output_offset));
    p.set("SDP", "D_CVT_SCALE", 1);
    p.set("SDP", "D_CVT_SHIFT", steps.output_shift);
}

// So that most results fit; a few saturate. fp16 results must be exact.
unsigned fitting_shift(const SdpSteps& steps, const Cube& values) {
    constexpr unsigned kExactFp16Bits = 12;
    if (steps.proc == Precision::kFp16 || steps.compares()) return 0;
    std::int64_t greatest = 1;
    for (const std::int64_t v : values.values)
        greatest = std::max(greatest, std::abs(v - steps.output_offset));
    const auto width =
        static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(greatest))) + 1;
    const bool fp16 = steps.output == Precision::kFp16;
    const unsigned bits = fp16 ? kExactFp16Bits : 8 * bytes_per_element(steps.output) + 1;
    return width > bits ? width - bits : 0;
}

// What EW compares in a layer that finds no difference: the input with itself.
SdpSteps comparing_steps(const Cube& input, const LayerSpec& spec) {
    SdpSteps steps;
    steps.input = steps.proc = steps.output = spec.precision;
    SdpStep& ew = steps.step[2];
    ew.alu = SdpStep::Alu::kEqual;
    ew.alu_operand = Operand::kMemory;
    ew.per_element = true;
    ew.alu_cube = input;
    return steps;
}

}  // namespace

Result<GeneratedLayer> sdp_steps_layer(const LayerSpec& spec, const HardwareConfig& config) {
    Random random(spec.seed);
    Allocator memory(spec.memory);
    Allocator other(spec.other_memory());
    const Cube input = random_cube(spec.width, spec.height, spec.channels, spec.precision, random);
    SdpSteps steps = spec.compare_equal ? comparing_steps(input, spec)
                                        : random_sdp_steps(input, spec.precision, config, random);
    const CubeLayout in_layout = cube_layout(config, steps.input, input);
    const CubeLayout proc_layout = cube_layout(config, steps.proc, input);
    if (spec.channels % proc_layout.lanes() != 0)
        return fail(fmt::format("channels are {}, legal with any steps are multiples of {}",
                                spec.channels, proc_layout.lanes()));
    const Cube values = apply(steps, input);
    steps.output_shift = fitting_shift(steps, values);
    const Cube output = convert(steps, values);
    const CubeLayout out_layout =
        cube_layout(config, steps.output, output, spec.line_gap, spec.surface_gap);

    GeneratedLayer layer(config.address_map);
    Image source{"input", memory.take(in_layout.bytes()), {}};
    put_cube(input, in_layout, source.bytes);
    program_source(layer, spec, steps, source, in_layout);
    for (unsigned number = 0; number < steps.step.size(); ++number)
        program_reader(layer, spec, steps, number, proc_layout, memory);
    const std::uint64_t destination =
        (spec.output_elsewhere ? other : memory).take(out_layout.bytes());
    program_output(layer, spec, steps, out_layout, destination);
    program_x(layer.program, steps.step[0], "BS", steps.proc);
    program_x(layer.program, steps.step[1], "BN", steps.proc);
    if (config.features.sdp_ew) program_ew(layer.program, steps);
    program_table(layer.program, steps.table, steps.proc);
    layer.starts = {{"SDP", "D_OP_ENABLE"}, {"SDP_RDMA", "D_OP_ENABLE"}};
    layer.inputs.push_back(std::move(source));
    add_output(layer, output, out_layout, destination);
    if (steps.compares()) {  // nothing is written
        layer.outputs.back().bytes = layer.inputs.back().bytes;
        const bool unequal = std::ranges::any_of(values.values, [](auto v) { return v != 0; });
        layer.final_reads.push_back({"SDP", "D_STATUS", 1, unequal ? 1u : 0u});
    }
    layer.interrupts = {0};
    layer.words = fmt::format("SDP off line {}x{}x{}, {}", spec.width, spec.height, spec.channels,
                              steps.compares() ? "compared" : "any operations");
    return layer;
}

}  // namespace dla::trace
