// SPDX-License-Identifier: Apache-2.0
// Brings the surface lists of old loadables (generation A, 28-byte cubes) to what the firmware
// reads (generation B, 32 bytes). spec: firmware-interface.md section 0. Emulator tasks stay as
// they are.
#pragma once

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

// A copy whose DLA tasks are all generation B; the version of their network blobs says so.
Result<Loadable> widened(const Loadable& loadable);

}  // namespace dla::runtime
