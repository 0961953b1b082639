// SPDX-License-Identifier: Apache-2.0
// Which program this is and what it works with.
#pragma once

#include <string>
#include <vector>

namespace dla::vp {

struct Version {
    std::string program;  // 0.1.0
    std::string commit;   // with "-dirty" for uncommitted changes, or "unknown"
    std::string build;    // build type and compiler
    std::vector<std::string> configs;
    std::string systemc;
    std::string qemu;  // of the installed emulator, empty: none
};

Version version();
std::string version_text(const Version& version);
std::string version_json(const Version& version);

// What the installed qemu-system-aarch64 says of itself after "version", empty: not installed.
std::string installed_qemu();

}  // namespace dla::vp
