// SPDX-License-Identifier: Apache-2.0
// A loadable in words and as a picture (Graphviz), for `dla-vp loadable show`.
#pragma once

#include <string>

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

// "int8", "half"; of a tensor.
std::string data_type_name(DataType type);

// Tensors, memories, tasks and their operations; with `fields` every descriptor field that is set.
std::string describe(const Loadable& loadable, bool fields);

// The operations of every task and what they wait for.
std::string dependency_graph(const Loadable& loadable);

}  // namespace dla::runtime
