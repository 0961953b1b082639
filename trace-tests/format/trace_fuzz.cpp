// SPDX-License-Identifier: Apache-2.0
// libFuzzer: the first byte chooses what the rest is taken for. Any text must give a value or an
// error, in bounded time and memory.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trace-tests/format/data_file.hpp"
#include "trace-tests/format/load_trace.hpp"

using namespace dla::trace;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto ignore = [](std::uint64_t, std::span<const std::uint8_t>) {};
    constexpr std::uint64_t kSmall = 1 << 16;
    switch (data[0] % 5) {
        case 0:
            (void)parse_txn(text, "fuzz.txn", dla::regs::AddressMap::kNvFull);
            break;
        case 1:
            (void)parse_cfg(text, "fuzz.cfg", dla::regs::AddressMap::kNvSmall);
            break;
        case 2:
            (void)parse_options(text, "plusargs.txt");
            break;
        case 3:
            (void)decode_data(PassingText(text), "fuzz.dat", Dialect::kTxn, kSmall, ignore);
            break;
        default:
            (void)decode_data(PassingText(text), "fuzz.dat", Dialect::kCfg, kSmall, ignore);
            break;
    }
    return 0;
}
