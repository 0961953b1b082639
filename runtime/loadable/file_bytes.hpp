// SPDX-License-Identifier: Apache-2.0
// Whole files as bytes. An error names the file and the system's reason:
// "net.nvdla: cannot be read: No such file or directory".
#pragma once

#include <span>
#include <string>

#include "runtime/loadable/loadable.hpp"

namespace dla::runtime {

Result<Bytes> read_file(const std::string& path);
// Replaces the file.
Result<void> write_file(const std::string& path, std::span<const std::uint8_t> bytes);

}  // namespace dla::runtime
