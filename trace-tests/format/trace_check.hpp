// SPDX-License-Identifier: Apache-2.0
// Whether a parsed trace can end and checks anything. The formats have no end marker, so a program
// that was cut off is recognised by what it lacks.
#pragma once

#include <string_view>

#include "dla_tlm/common/result.hpp"
#include "trace-tests/format/trace.hpp"

namespace dla::trace {

Result<void> check_trace(const Trace& trace, std::string_view text);

}  // namespace dla::trace
