// SPDX-License-Identifier: Apache-2.0
// Reports as files.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

// Replaces the file and makes its folder; "-" is standard output.
Result<void> write_text(const std::string& path, std::string_view text);

// Where lines for people go: to standard error when a report takes standard output.
std::FILE* stream_for_people(const std::string& report_path);

}  // namespace dla::vp
