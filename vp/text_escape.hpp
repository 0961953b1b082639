// SPDX-License-Identifier: Apache-2.0
// Text inside JSON, XML and HTML.
//
//   fmt::print("{{\"name\": {}}}", json_text(name));      // with the quotes
#pragma once

#include <string>
#include <string_view>

namespace dla::vp {

std::string json_text(std::string_view text);
std::string xml_text(std::string_view text);

}  // namespace dla::vp
