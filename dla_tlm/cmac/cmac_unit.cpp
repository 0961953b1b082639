// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/cmac/cmac_unit.hpp"

#include <fmt/format.h>

#include "dla_regs/cmac_regs.hpp"

namespace dla::cmac {
namespace {

namespace r = regs::cmac;

}  // namespace

CmacUnit::CmacUnit(sc_core::sc_module_name name, const char* unit_name, MacLink& in, MacLink& out,
                   const UnitContext& context)
    : Unit(name, unit_name, r::kRegisters, context), in_(in), out_(out) {
    add_worker("run", [this] { run(); });
}

void CmacUnit::run() {
    for (;;) {
        const unsigned group = wait_for_layer();
        const std::uint64_t begin = clock().now();
        events().operation_begin({unit_name(), group, begin, begin, "MAC", 0, 0});
        for (bool last = false; !last;) {
            MacChunk chunk = in_.get(unit_name(), group);
            check(group, chunk);
            last = chunk.last;
            const std::uint64_t done = chunk.mac_cycle;
            out_.put(std::move(chunk), unit_name(), group);
            if (last) clock().wait_until(done);
        }
        events().operation_end({unit_name(), group, begin, clock().now(), "MAC", 0, 0});
        finish_layer();
    }
}

void CmacUnit::check(unsigned group, const MacChunk& chunk) {
    const bool winograd =
        registers().get(group, r::DMiscCfg::kConvMode) == r::DMiscCfg::kConvModeWinograd;
    const unsigned code = registers().get(group, r::DMiscCfg::kProcPrecision);
    const bool same_precision =
        !config().features.int16 || code == static_cast<unsigned>(chunk.precision);
    if (winograd == chunk.winograd && same_precision) return;
    const std::string reason = fmt::format(
        "D_MISC_CFG of {} (Winograd {}, PROC_PRECISION {}) differs from CSC's ({}, {})",
        unit_name(), winograd, code, chunk.winograd, static_cast<unsigned>(chunk.precision));
    report("D_MISC_CFG", reason);
    hang(group, "the same mode and precision as CSC: " + reason);
}

}  // namespace dla::cmac
