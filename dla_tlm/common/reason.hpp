// SPDX-License-Identifier: Apache-2.0
// Sentences about wrong programmings begin with the register field they are about; it is also what
// they are counted under, so that each field is reported once however its value changes.
//
//   report(field_of(reason), "PDP: " + reason);
#pragma once

#include <string>

namespace dla {

inline std::string field_of(const std::string& reason) {
    return reason.substr(0, reason.find(' '));
}

}  // namespace dla
