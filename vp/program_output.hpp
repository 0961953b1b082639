// SPDX-License-Identifier: Apache-2.0
// Other programs and what they print.
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

// The words for exec; they live as long as the arguments.
std::vector<char*> argument_vector(const std::string& program,
                                   const std::vector<std::string>& arguments);

// 128 + signal for a process that a signal ended.
int exit_code_of_status(int status);

enum class ErrorOutput { kShown, kHidden };

// Runs a program, looked up in PATH, to its end. Its standard output without newlines at the end;
// an error unless its exit code is 0.
Result<std::string> program_output(const std::string& program,
                                   const std::vector<std::string>& arguments,
                                   ErrorOutput errors = ErrorOutput::kShown);

}  // namespace dla::vp
