// SPDX-License-Identifier: Apache-2.0
// Errors of files, with the reason that the system gives.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>

#include "dla_tlm/common/result.hpp"

namespace dla {

// "PATH: cannot be read: Permission denied". Set errno to 0 before the operation: not every failure
// of a stream has a reason.
inline tl::unexpected<Error> file_error(const std::string& path, const char* what) {
    const int reason = errno;
    return fail(path + ": " + what +
                (reason == 0 ? "" : std::string(": ") + std::strerror(reason)));
}

}  // namespace dla
