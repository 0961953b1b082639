// SPDX-License-Identifier: Apache-2.0
// What `dla-vp loadable show` says, for machines.
#pragma once

#include <string>

#include "runtime/loadable/loadable.hpp"

namespace dla::vp {

// {version, tensors: [...], memories: [...], tasks: [{engine, operations: [...]}]}; sizes in bytes.
std::string loadable_json(const runtime::Loadable& loadable);

}  // namespace dla::vp
