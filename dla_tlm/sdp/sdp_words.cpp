// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/sdp_words.hpp"

#include <fmt/format.h>

namespace dla::sdp {
namespace {

const char* word(Precision precision) {
    constexpr const char* kWords[] = {"int8", "int16", "fp16"};
    return kWords[static_cast<unsigned>(precision)];
}

const char* word(AluAlgorithm algorithm) {
    constexpr const char* kWords[] = {" max", " min", " add", " compare"};
    return kWords[static_cast<unsigned>(algorithm)];
}

std::string stage_words(const char* name, const XStage& stage) {
    if (stage.bypass) return {};
    std::string words = std::string(", ") + name;
    if (stage.alu) words += word(stage.algorithm);
    if (stage.mul) words += stage.prelu ? " prelu" : " mul";
    if (stage.relu) words += " relu";
    return words;
}

std::string stage_words(const YStage& stage) {
    if (stage.bypass) return {};
    std::string words = ", Y";
    if (stage.mul) words += stage.prelu ? " prelu" : " mul";
    if (stage.alu) words += word(stage.algorithm);
    if (stage.lut) words += " lut";
    return words;
}

}  // namespace

std::string describe(const SdpOp& op) {
    const Shape& shape = op.shape;
    std::string words =
        fmt::format("{} {}x{}x{}", word(shape.proc), shape.width, shape.height, shape.channels);
    if (shape.batches > 1) words += fmt::format(" batch {}", shape.batches);
    words += shape.flying ? " from CACC" : " from memory";
    words += stage_words("X1", op.bs) + stage_words("X2", op.bn) + stage_words(op.ew);
    if (op.compares()) return words;
    words += op.to_pdp ? ", to PDP" : ", to memory";
    if (shape.out != shape.proc) words += fmt::format(" as {}", word(shape.out));
    return words;
}

}  // namespace dla::sdp
