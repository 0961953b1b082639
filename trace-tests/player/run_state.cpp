// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/player/run_state.hpp"

#include <fmt/format.h>

namespace dla::trace {
namespace {

const char* sign_of(Compare compare) {
    switch (compare) {
        case Compare::kLessEqual:
            return "<= ";
        case Compare::kGreaterEqual:
            return ">= ";
        case Compare::kEqual:
            break;
    }
    return "";
}

}  // namespace

bool matches(const ReadRegister& read, std::uint32_t value) {
    const std::uint32_t got = value & read.mask;
    switch (read.compare) {
        case Compare::kLessEqual:
            return got <= read.expected;
        case Compare::kGreaterEqual:
            return got >= read.expected;
        case Compare::kEqual:
            break;
    }
    return got == (read.expected & read.mask);
}

std::string mismatch(const RunState& run, const ReadRegister& read, std::uint32_t value,
                     std::uint64_t reads) {
    std::string text =
        fmt::format("read of {}: expected {}0x{:08x}", run.bus.register_name(read.address),
                    sign_of(read.compare), read.expected);
    if (read.mask != 0xffffffff) text += fmt::format(" under mask 0x{:08x}", read.mask);
    text += fmt::format(", got 0x{:08x}", value);
    if (reads > 1) text += fmt::format(" ({} reads)", reads);
    const std::string why = run.bench.moving() ? "" : run.bench.explain_hang();
    return why.empty() ? text : text + "; nothing moves in the DLA: " + why;
}

}  // namespace dla::trace
