// SPDX-License-Identifier: Apache-2.0
// The configs/*.yaml and configs/memory/*.yaml files as text inside the binary; filled in by the
// build.
#pragma once

#include <span>

namespace dla {

struct BuiltinConfig {
    const char* name;
    const char* yaml;
};

std::span<const BuiltinConfig> builtin_configs();
std::span<const BuiltinConfig> builtin_memories();

}  // namespace dla
