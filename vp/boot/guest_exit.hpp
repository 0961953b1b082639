// SPDX-License-Identifier: Apache-2.0
// What the guest's script left as its result.
#pragma once

#include <filesystem>
#include <optional>

namespace dla::vp {

// The number in the file, which the guest can make anything of: nothing for a link, which would
// lead to the host's files, or for a pipe, which would be waited for.
std::optional<int> guest_exit_in(const std::filesystem::path& file);

}  // namespace dla::vp
