// SPDX-License-Identifier: Apache-2.0
// A network between its description (network_builder.hpp) and its file: operations and tensors are
// known, dependencies and addresses are not.
//
//   derive_dependencies(plan);            // fills CommonOp of every operation
//   Loadable loadable = lay_out(plan);
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/common/hardware_config.hpp"
#include "runtime/builder/geometry.hpp"
#include "runtime/loadable/descriptors.hpp"

namespace dla::runtime {

struct PlannedTensor {
    enum class Kind { kFeature, kImage, kPlanes, kStream };
    enum class Place { kActivation, kInput, kOutput, kConstant };

    Shape shape{};
    Kind kind = Kind::kFeature;
    Place place = Place::kActivation;
    Strides strides{};  // surface: of planes for kPlanes
    std::string name{};
    Bytes data{};       // of constants
    int producer = -1;  // operation that writes it
    bool second_memory = false;
};

// A cube of an operation that is a tensor in memory.
struct CubeUse {
    std::size_t operation = 0;
    unsigned cube = 0;  // position among the operation's cubes; BDMA: 0 source, 1 destination
    std::size_t tensor = 0;
};

struct PlannedOperation {
    Operation op{};
    int fused_with = -1;       // the operation that feeds it on the fly
    std::vector<int> needs{};  // the operations whose results it reads from memory
};

struct PlannedEmulatorOp {
    EmulatorOp op{};
    std::size_t src = 0;  // tensors
    std::size_t dst = 0;
};

struct NetworkPlan {
    HardwareConfig config{};
    Precision precision = Precision::kInt8;
    std::vector<PlannedTensor> tensors{};
    std::vector<PlannedOperation> operations{};
    std::vector<CubeUse> uses{};
    std::vector<Lut> luts{};
    std::vector<PlannedEmulatorOp> emulator{};
};

// The k-th cube of an operation, in the order of the surface entry; nullptr where it has none.
DataCube* cube_at(OpBody& body, unsigned k);

void derive_dependencies(NetworkPlan& plan);

// The first operation of every type, as the network descriptor lists them.
std::array<std::int16_t, kOpTypes> operation_heads(const NetworkPlan& plan);

Loadable lay_out(NetworkPlan plan);

}  // namespace dla::runtime
