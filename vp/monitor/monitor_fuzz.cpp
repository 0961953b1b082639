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

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static dla::vp::monitor::StandingRun run("run");
    (void)run.send({reinterpret_cast<const char*>(data), size});
    return 0;
}
