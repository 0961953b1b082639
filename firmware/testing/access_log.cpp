// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
#include "firmware/testing/access_log.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace dla::firmware::testing {

std::string Access::text() const {
    return fmt::format("{} 0x{:05x} 0x{:08x}", kind, address, value);
}

AccessLog read_access_log(const std::string& folder) {
    const std::string command = "gzip -dc '" + folder + "/csb.txt.gz'";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    AccessLog log;
    char line[256];
    while (pipe != nullptr && std::fgets(line, sizeof(line), pipe.get()) != nullptr) {
        Access access{};
        unsigned long long cycle = 0;
        if (std::sscanf(line, "%llu %c %x %x", &cycle, &access.kind, &access.address,
                        &access.value) == 4) {
            access.cycle = cycle;
            log.accesses.push_back(access);
        } else if (std::sscanf(line, "%llu IRQ rise", &cycle) == 1 && line[0] != '#') {
            log.interrupts.push_back(cycle);
        }
    }
    return log;
}

}  // namespace dla::firmware::testing
