// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// Register accesses and interrupt edges recorded on RTL (csb.txt.gz beside a network).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dla::firmware::testing {

struct Access {
    char kind;  // R or W
    std::uint32_t address;
    std::uint32_t value;
    std::uint64_t cycle;  // of acceptance for a write, of the answer for a read

    std::string text() const;
};

struct AccessLog {
    std::vector<Access> accesses;
    std::vector<std::uint64_t> interrupts;  // cycles in which the line rises
};

AccessLog read_access_log(const std::string& folder);

}  // namespace dla::firmware::testing
