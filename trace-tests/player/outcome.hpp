// SPDX-License-Identifier: Apache-2.0
// How the run of one trace ended.
#pragma once

#include <cstdint>
#include <string>

namespace dla::trace {

enum class Verdict : std::uint8_t {
    kPass,
    kFail,        // a read or a memory comparison differs
    kHang,        // nothing can make the trace go on
    kError,       // could not be run: bad trace, bad option, crash
    kUnsupported  // needs something this configuration or model lacks
};

constexpr const char* name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::kPass:
            return "pass";
        case Verdict::kFail:
            return "fail";
        case Verdict::kHang:
            return "hang";
        case Verdict::kError:
            return "error";
        case Verdict::kUnsupported:
            return "unsupported";
    }
    return "error";
}

struct Outcome {
    Verdict verdict = Verdict::kPass;
    std::uint64_t cycles = 0;  // core clocks from the last enable to the last done event
    std::string detail;        // sentences, one per line
};

}  // namespace dla::trace
