// SPDX-License-Identifier: Apache-2.0
#include "vp/thread_option.hpp"

namespace dla::vp {

void add_threads_option(CLI::App& command, unsigned& threads) {
    constexpr unsigned kMost = 256;
    command
        .add_option("--threads", threads,
                    "host threads that compute large convolutions (default: one per processor)")
        ->check(CLI::Range(1u, kMost));
}

unsigned threads_per_run(unsigned asked, unsigned runs) {
    if (asked != 0) return asked;
    return runs > 1 ? 1 : 0;
}

}  // namespace dla::vp
