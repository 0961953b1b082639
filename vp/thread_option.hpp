// SPDX-License-Identifier: Apache-2.0
// --threads: host threads that compute large convolutions. No result and no cycle depends on it.
//
//   unsigned threads = 0;                                  // not given
//   add_threads_option(*command, threads);                 // --threads 4
//   timing.threads = threads_per_run(threads, jobs);
#pragma once

#include <CLI/CLI.hpp>

namespace dla::vp {

void add_threads_option(CLI::App& command, unsigned& threads);

// TimingMode::threads of each of `runs` simulations at the same time: what was asked for; else one
// where others run beside it, or one per processor (0).
unsigned threads_per_run(unsigned asked, unsigned runs);

}  // namespace dla::vp
