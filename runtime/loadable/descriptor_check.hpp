// SPDX-License-Identifier: Apache-2.0
// Whether the descriptors of every task hold together: lists long enough, indices inside their
// lists, cubes inside their memories.
#pragma once

#include <string>

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

// "" or a sentence naming task, operation and field. The tables must be checked already.
std::string descriptor_faults(const Loadable& loadable);

}  // namespace dla::runtime
