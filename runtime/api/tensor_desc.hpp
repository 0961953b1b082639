// SPDX-License-Identifier: Apache-2.0
// A tensor of the loadable as applications see it, and back.
#pragma once

#include "runtime/include/nvdla/IRuntime.h"
#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

NvDlaTensor to_api(const Tensor& tensor);
Tensor from_api(const NvDlaTensor& desc);

}  // namespace dla::runtime
