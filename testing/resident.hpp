// SPDX-License-Identifier: Apache-2.0
// What this process holds in memory now, and has held at most.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace dla::testing {

// Freed memory that the address sanitizer keeps, and its notes about the rest.
#ifdef __SANITIZE_ADDRESS__
constexpr long kSanitizerKeepsKib = 320 * 1024;
#else
constexpr long kSanitizerKeepsKib = 0;
#endif

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
