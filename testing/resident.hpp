// SPDX-License-Identifier: Apache-2.0
// What this process holds in memory now, and has held at most.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace dla::testing {

inline long resident_kib() {
    long pages = 0;
    std::ifstream file("/proc/self/statm");
    file >> pages >> pages;
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

inline long most_resident_kib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

}  // namespace dla::testing
