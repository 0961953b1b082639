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
      next_cost_(task.network.op_head[static_cast<std::size_t>(OpType::kConv)]),
      outputs_(task.operations.size()),
      costs_(task.operations.size()) {
    for (std::size_t t = 0; t < next_.size(); ++t)
        next_[t] = task.network.op_head[t];
}

bool LayerWatch::is_operation(int index) const {
    return index >= 0 && static_cast<std::size_t>(index) < task_.operations.size();
}

// CSC does the work of a convolution, CACC ends it.
void LayerWatch::note_convolution(const OperationEvent& event) {
    if (!is_operation(next_cost_)) return;
    const auto index = static_cast<std::size_t>(next_cost_);
    costs_[index] = cost_of(event);
    next_cost_ =
        task_.operations[index].common.consumers[static_cast<std::size_t>(OpType::kConv)].index;
}

void LayerWatch::on_operation_end(const OperationEvent& event) {
    if (std::string_view(event.unit) == "CSC") note_convolution(event);
    const auto type = type_of(event.unit);
    if (!type) return;
    int& next = next_[static_cast<std::size_t>(*type)];
    if (!is_operation(next)) return;
    const auto& op = task_.operations[static_cast<std::size_t>(next)];
    outputs_[static_cast<std::size_t>(next)] = output_of(op);
    if (*type != OpType::kConv) costs_[static_cast<std::size_t>(next)] = cost_of(event);
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
    const runtime::Images images = runtime::destination_images(op);
    LayerOutput output;
    output.array = {.precision = precision,
                    .n = images.count,
                    .c = cube->channel,
                    .h = cube->height,
                    .w = cube->width};
    for (unsigned i = 0; i < images.count; ++i) {
        const auto image = bytes.subspan(std::min<std::size_t>(i * images.stride, bytes.size()));
        const runtime::Bytes packed =
            runtime::packed_cube(*cube, runtime::precision_bytes(precision), atom_bytes_, image);
        if (packed.empty()) return std::nullopt;
        output.array.data.insert(output.array.data.end(), packed.begin(), packed.end());
    }
    output.crc32 = runtime::crc32(output.array.data);
    return output;
}

}  // namespace dla::vp
