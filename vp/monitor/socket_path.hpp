// SPDX-License-Identifier: Apache-2.0
// Where a monitor's socket lies: a path, or a plain name below the user's own run folder.
//
//   socket_path("lenet")        /run/user/1000/dla-vp/lenet, or /tmp/dla-vp-1000/lenet
//   socket_path("./m/lenet")    as it stands
#pragma once

#include <filesystem>
#include <string>

#include "dla_tlm/common/result.hpp"

namespace dla::vp::monitor {

std::filesystem::path socket_path(const std::string& name);

// Makes the folder if need be (mode 0700); refuses one that others can enter.
Result<void> prepare_socket_folder(const std::filesystem::path& socket);

}  // namespace dla::vp::monitor
