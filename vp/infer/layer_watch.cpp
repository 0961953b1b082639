// SPDX-License-Identifier: Apache-2.0
#include "vp/infer/layer_watch.hpp"

#include <string_view>

#include "runtime/show/layers.hpp"

namespace dla::vp {
namespace {

using runtime::OpType;

// The unit whose end is the end of the layer.
std::optional<OpType> type_of(std::string_view unit) {
    if (unit == "BDMA") return OpType::kBdma;
    if (unit == "CACC") return OpType::kConv;
    if (unit == "SDP") return OpType::kSdp;
    if (unit == "PDP") return OpType::kPdp;
    if (unit == "CDP") return OpType::kCdp;
    if (unit == "RBK") return OpType::kRubik;
    return std::nullopt;
}

}  // namespace

LayerWatch::LayerWatch(const runtime::DlaTask& task, unsigned atom_bytes,
                       runtime::TaskMemory memory, Progress progress)
    : task_(task),
      atom_bytes_(atom_bytes),
      memory_(std::move(memory)),
      progress_(std::move(progress)),
      outputs_(task.operations.size()) {
    for (std::size_t t = 0; t < next_.size(); ++t)
        next_[t] = task.network.op_head[t];
}

void LayerWatch::on_operation_end(const OperationEvent& event) {
    const auto type = type_of(event.unit);
    if (!type) return;
    int& next = next_[static_cast<std::size_t>(*type)];
    if (next < 0 || static_cast<std::size_t>(next) >= task_.operations.size()) return;
    const auto& op = task_.operations[static_cast<std::size_t>(next)];
    outputs_[static_cast<std::size_t>(next)] = output_of(op);
    next = op.common.consumers[static_cast<std::size_t>(*type)].index;
    ++done_;
    if (progress_) progress_(done_, task_.operations.size());
}

std::optional<LayerOutput> LayerWatch::output_of(const runtime::Operation& op) const {
    const runtime::DataCube* cube = runtime::destination(op);
    if (!cube || cube->type == runtime::kOnTheFly || cube->address < 0) return std::nullopt;
    auto bytes = memory_(static_cast<std::size_t>(cube->address));
    bytes = bytes.subspan(std::min<std::size_t>(cube->offset, bytes.size()));
    const std::uint8_t precision = runtime::destination_precision(op);
    LayerOutput output;
    output.array = {
        .precision = precision, .c = cube->channel, .h = cube->height, .w = cube->width};
    output.array.data =
        runtime::packed_cube(*cube, runtime::precision_bytes(precision), atom_bytes_, bytes);
    output.crc32 = runtime::crc32(output.array.data);
    return output;
}

}  // namespace dla::vp
