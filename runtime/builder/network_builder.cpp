// SPDX-License-Identifier: Apache-2.0
#include "runtime/builder/network_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dla::runtime {
namespace {

using Kind = PlannedTensor::Kind;
using Place = PlannedTensor::Place;

constexpr unsigned kImageChannels = 4;
constexpr unsigned kPlaneAlignment = 64;
constexpr unsigned kBdmaAlignment = 32;

// Positions of cubes in the surface entries.
constexpr unsigned kSdpSource = 0, kSdpDestination = 4;
constexpr unsigned kPlainSource = 0, kPlainDestination = 1;

std::uint16_t u16(unsigned value) {
    return static_cast<std::uint16_t>(value);
}
std::uint8_t u8(unsigned value) {
    return static_cast<std::uint8_t>(value);
}

}  // namespace

NetworkBuilder::NetworkBuilder(const HardwareConfig& config, Precision precision)
    : plan_{.config = config, .precision = precision} {
    if (!config.has_precision(precision)) {
        complain(fmt::format("{} has no such precision", config.name));
    }
}

void NetworkBuilder::complain(const std::string& why) {
    if (!first_error_.empty()) return;
    first_error_ = fmt::format("operation {}: {}", plan_.operations.size(), why);
}

TensorId NetworkBuilder::add_tensor(PlannedTensor tensor) {
    if (tensor.kind == Kind::kFeature) {
        tensor.strides = packed_feature(plan_.config, tensor.shape, plan_.precision);
    }
    plan_.tensors.push_back(std::move(tensor));
    return {plan_.tensors.size() - 1};
}

TensorId NetworkBuilder::feature_input(const std::string& name, const Shape& shape) {
    return add_tensor({.shape = shape, .place = Place::kInput, .name = name});
}

TensorId NetworkBuilder::image_input(const std::string& name, unsigned width, unsigned height) {
    const Shape shape{width, height, kImageChannels};
    return add_tensor({.shape = shape,
                       .kind = Kind::kImage,
                       .place = Place::kInput,
                       .strides = packed_image(shape, plan_.precision),
                       .name = name});
}

TensorId NetworkBuilder::constant(const Shape& shape, const std::vector<std::int16_t>& values) {
    return add_tensor({.shape = shape,
                       .place = Place::kConstant,
                       .data = pack_feature(plan_.config, shape, plan_.precision, values)});
}

void NetworkBuilder::output(TensorId tensor, const std::string& name) {
    PlannedTensor& planned = plan_.tensors[tensor.index];
    if (planned.place != Place::kActivation) {
        complain(fmt::format("output '{}' is not the result of an operation", name));
        return;
    }
    planned.place = Place::kOutput;
    planned.name = name;
}

int NetworkBuilder::add_lut(const Lut& lut) {
    plan_.luts.push_back(lut);
    return static_cast<int>(plan_.luts.size()) - 1;
}

void NetworkBuilder::in_second_memory(TensorId tensor) {
    PlannedTensor& planned = plan_.tensors[tensor.index];
    if (!plan_.config.features.second_memory) complain(plan_.config.name + " has no second memory");
    if (planned.place != Place::kActivation) {
        complain("only results that stay inside the network go into the second memory");
    }
    planned.second_memory = true;
}

Result<Loadable> NetworkBuilder::build() const {
    if (!first_error_.empty()) return fail(first_error_);
    if (plan_.operations.empty()) return fail("the network has no operations");
    for (const PlannedEmulatorOp& op : plan_.emulator) {
        if (plan_.tensors[op.src].second_memory) {
            return fail("softmax cannot read the second memory: the CPU does not reach it");
        }
    }
    NetworkPlan plan = plan_;
    derive_dependencies(plan);
    Loadable loadable = lay_out(std::move(plan));
    if (auto why = why_not(loadable); !why.empty()) return fail(why);
    return loadable;
}

std::size_t NetworkBuilder::add_operation(const OpBody& body) {
    PlannedOperation planned;
    planned.op.common.type = std::visit([](const auto& layer) { return layer.kType; }, body);
    planned.op.common.index = static_cast<std::int16_t>(plan_.operations.size());
    planned.op.body = body;
    plan_.operations.push_back(std::move(planned));
    return plan_.operations.size() - 1;
}

void NetworkBuilder::reads(std::size_t operation, TensorId tensor) {
    const int producer = plan_.tensors[tensor.index].producer;
    if (producer >= 0) plan_.operations[operation].needs.push_back(producer);
}

void NetworkBuilder::use(std::size_t operation, unsigned cube, TensorId tensor) {
    plan_.uses.push_back({operation, cube, tensor.index});
}

// The operation writes the tensor into its given cube.
void NetworkBuilder::finish(std::size_t operation, unsigned cube, TensorId result) {
    plan_.tensors[result.index].producer = static_cast<int>(operation);
    if (DataCube* place = cube_at(plan_.operations[operation].op.body, cube)) {
        *place = cube_of(result);
    }
    use(operation, cube, result);
}

TensorId NetworkBuilder::add_result(const Shape& shape, std::size_t operation) {
    const TensorId result = add_tensor({.shape = shape});
    finish(operation, kPlainDestination, result);
    return result;
}

DataCube NetworkBuilder::cube_of(TensorId tensor) const {
    const PlannedTensor& planned = plan_.tensors[tensor.index];
    DataCube cube;
    cube.width = u16(planned.shape.w);
    cube.height = u16(planned.shape.h);
    cube.channel = u16(planned.shape.c);
    cube.size = planned.strides.size;
    cube.line_stride = planned.strides.line;
    (planned.kind == Kind::kPlanes ? cube.plane_stride : cube.surf_stride) =
        planned.strides.surface;
    return cube;
}

DataCube NetworkBuilder::on_the_fly(const Shape& shape) const {
    const Strides strides = packed_feature(plan_.config, shape, plan_.precision);
    DataCube cube;
    cube.type = kOnTheFly;
    cube.width = u16(shape.w);
    cube.height = u16(shape.h);
    cube.channel = u16(shape.c);
    cube.size = strides.size;
    cube.line_stride = strides.line;
    cube.surf_stride = strides.surface;
    return cube;
}

void NetworkBuilder::add_stage(std::size_t operation, unsigned index, const SdpStage& stage) {
    Sdp& sdp = body<Sdp>(operation);
    SdpUnit& unit = index == 1 ? sdp.x1 : index == 2 ? sdp.x2 : sdp.y;
    unit.enable = 1;
    unit.type = u8((stage.mul ? kSdpMul : 0u) | (stage.alu ? kSdpAdd : 0u));
    unit.alu_type = stage.algorithm;
    unit.act = stage.activation;
    unit.shift_value = u8(stage.alu_shift);
    unit.truncate = u8(stage.truncate);
    unit.precision = plan_.precision == Precision::kInt8 ? kCodeInt16 : code();
    unit.alu_cvt.scale = unit.mul_cvt.scale = 1;
    const std::size_t values = std::max(stage.alu_values.size(), stage.mul_values.size());
    if (stage.tensor) {
        if (shape(*stage.tensor) != Shape{sdp.src.width, sdp.src.height, sdp.src.channel}) {
            complain("an operand per point must have the size of the source");
        }
        unit.mode = kPerPoint;
        unit.precision = code();
        *cube_at(plan_.operations[operation].op.body, index) = cube_of(*stage.tensor);
        use(operation, index, *stage.tensor);
        reads(operation, *stage.tensor);
    } else if (values > 1 || (values == 1 && sdp.src.channel == 1)) {
        unit.mode = kPerKernel;
        const Shape kernel{1, 1, sdp.src.channel};
        Bytes table =
            pack_operands(plan_.config, plan_.precision, stage.alu_values, stage.mul_values);
        const auto bytes = static_cast<std::uint32_t>(table.size());
        const TensorId operands =
            add_tensor({.shape = kernel,
                        .kind = Kind::kStream,
                        .place = Place::kConstant,
                        .strides = {.line = bytes, .surface = bytes, .size = bytes},
                        .data = std::move(table)});
        *cube_at(plan_.operations[operation].op.body, index) = cube_of(operands);
        use(operation, index, operands);
    } else if (values == 1) {
        unit.mode = kPerLayer;
        if (stage.alu) unit.alu_operand = stage.alu_values.at(0);
        if (stage.mul) unit.mul_operand = stage.mul_values.at(0);
    }
}

std::size_t NetworkBuilder::add_sdp(const DataCube& src, const SdpParameters& how) {
    Sdp sdp;
    sdp.src_precision = sdp.dst_precision = code();
    sdp.lut_index = how.y && how.y->activation == kActLut ? static_cast<std::int16_t>(how.lut)
                                                          : std::int16_t{-1};
    sdp.out_cvt = {.scale = how.out_scale,
                   .truncate = u8(how.out_shift),
                   .enable = 1,
                   .offset = how.out_offset};
    sdp.src = src;
    const std::size_t operation = add_operation(sdp);
    if (how.x1) add_stage(operation, 1, *how.x1);
    if (how.x2) add_stage(operation, 2, *how.x2);
    if (how.y) {
        if (!plan_.config.features.sdp_ew) complain(plan_.config.name + " has no Y unit in SDP");
        add_stage(operation, 3, *how.y);
    }
    return operation;
}

TensorId NetworkBuilder::sdp(TensorId src, const SdpParameters& how) {
    const std::size_t operation = add_sdp(cube_of(src), how);
    use(operation, kSdpSource, src);
    reads(operation, src);
    const TensorId result = add_tensor({.shape = shape(src)});
    finish(operation, kSdpDestination, result);
    return result;
}

TensorId NetworkBuilder::normalization(TensorId src, const NormalizationParameters& how) {
    Cdp cdp;
    cdp.in_precision = cdp.out_precision = code();
    cdp.lut_index = static_cast<std::int16_t>(how.lut);
    cdp.in_cvt = how.in;
    cdp.out_cvt = how.out;
    cdp.local_size = u8(how.local_size);
    cdp.bypass_sqsum = how.bypass_square_sum;
    cdp.bypass_out_mul = how.bypass_multiply;
    cdp.src = cube_of(src);
    const std::size_t operation = add_operation(cdp);
    use(operation, kPlainSource, src);
    reads(operation, src);
    return add_result(shape(src), operation);
}

TensorId NetworkBuilder::contract(TensorId src, unsigned sx, unsigned sy) {
    const Shape in = shape(src);
    if (!plan_.config.features.rubik) complain(plan_.config.name + " has no RUBIK");
    if (in.c % (sx * sy * plan_.config.elements_per_atom(plan_.precision)) != 0) {
        complain(
            fmt::format("{} channels do not contract by {}x{} into whole atoms", in.c, sx, sy));
    }
    Rubik rubik;
    rubik.mode = kRubikContract;
    rubik.precision = code();
    rubik.stride_x = u8(sx);
    rubik.stride_y = u8(sy);
    rubik.src = cube_of(src);
    const std::size_t operation = add_operation(rubik);
    use(operation, kPlainSource, src);
    reads(operation, src);
    return add_result({in.w * sx, in.h * sy, in.c / (sx * sy)}, operation);
}

TensorId NetworkBuilder::split_and_merge(TensorId src) {
    const Shape in = shape(src);
    if (!plan_.config.features.rubik) complain(plan_.config.name + " has no RUBIK");
    Rubik split;
    split.mode = kRubikSplit;
    split.precision = code();
    split.src = cube_of(src);
    const std::size_t first = add_operation(split);
    use(first, kPlainSource, src);
    reads(first, src);
    Strides strides;
    const unsigned bytes = in.w * bytes_per_element(plan_.precision);
    strides.line = (bytes + kPlaneAlignment - 1) / kPlaneAlignment * kPlaneAlignment;
    strides.surface = strides.line * in.h;
    strides.size = strides.surface * in.c;
    const TensorId planes = add_tensor({.shape = in, .kind = Kind::kPlanes, .strides = strides});
    finish(first, kPlainDestination, planes);
    Rubik merge = split;
    merge.mode = kRubikMerge;
    merge.src = cube_of(planes);
    const std::size_t second = add_operation(merge);
    use(second, kPlainSource, planes);
    reads(second, planes);
    return add_result(in, second);
}

TensorId NetworkBuilder::copy(TensorId src) {
    if (!plan_.config.features.bdma) complain(plan_.config.name + " has no BDMA");
    const Strides& strides = plan_.tensors[src.index].strides;
    if (strides.line % kBdmaAlignment != 0) complain("BDMA copies multiples of 32 bytes");
    BdmaTransfer transfer;
    transfer.line_size = transfer.source_line = transfer.destination_line = strides.line;
    transfer.line_repeat = shape(src).h;
    transfer.source_surface = transfer.destination_surface = strides.surface;
    transfer.surface_repeat = strides.size / strides.surface;
    Bdma bdma;
    bdma.num_transfers = bdma.surface_transfers = 1;
    bdma.transfers[0] = transfer;
    const std::size_t operation = add_operation(bdma);
    use(operation, kPlainSource, src);
    reads(operation, src);
    return add_result(shape(src), operation);
}

TensorId NetworkBuilder::softmax(TensorId src, float input_scale, float output_scale) {
    const Shape in = shape(src);
    if (in.w != 1 || in.h != 1) complain("softmax takes a 1x1 tensor");
    EmulatorOp op{.type = EmulatorOpType::kSoftmax,
                  .input_scale = input_scale,
                  .output_scale = output_scale,
                  .axis = 1};
    const TensorId result = add_tensor({.shape = in});
    plan_.emulator.push_back({op, src.index, result.index});
    return result;
}

}  // namespace dla::runtime
