// SPDX-License-Identifier: Apache-2.0
// Any bytes at the monitor's socket.
#include <cstddef>
#include <cstdint>
#include <string>
#include <systemc>

#include "vp/monitor/hostile_client.hpp"

int sc_main(int /*argc*/, char* /*argv*/[]) {
    return 0;
}

// Leaks are looked for while a SystemC process runs, on whose stack nothing of the fuzzer's own is
// found.
extern "C" const char* __asan_default_options() {
    return "detect_leaks=0";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static dla::vp::monitor::StandingRun run("run");
    (void)run.send({reinterpret_cast<const char*>(data), size});
    return 0;
}
