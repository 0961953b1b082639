// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/glb/glb_unit.hpp"

#include <fmt/format.h>

#include "dla_regs/glb_regs.hpp"

namespace dla::glb {
namespace {

namespace regs = dla::regs::glb;

constexpr std::uint32_t kAllSources = 0x003f03ff;
constexpr std::uint32_t kBdmaAndRubik = 0x000003c0;
constexpr std::uint64_t kLineDelayCycles = 4;  // status bit to pin; spec: timing.md section 3

struct Source {
    InterruptSource source;
    const char* unit;
};
constexpr Source kSources[] = {{InterruptSource::kSdp, "SDP"},
                               {InterruptSource::kCdp, "CDP"},
                               {InterruptSource::kPdp, "PDP"},
                               {InterruptSource::kBdma, "BDMA"},
                               {InterruptSource::kRubik, "RUBIK"},
                               {InterruptSource::kCdmaData, "CDMA data"},
                               {InterruptSource::kCdmaWeight, "CDMA weights"},
                               {InterruptSource::kCacc, "CACC"}};

// "SDP group 0 and CACC group 1 done"
std::string names_of(std::uint32_t bits) {
    std::string text;
    for (const Source& source : kSources) {
        for (unsigned group = 0; group < 2; ++group) {
            if ((bits & interrupt_bit(source.source, group)) == 0) continue;
            text += fmt::format("{}{} group {}", text.empty() ? "" : " and ", source.unit, group);
        }
    }
    return text + " done";
}

}  // namespace

GlbUnit::GlbUnit(sc_core::sc_module_name name, const UnitContext& context)
    : Unit(name, "GLB", regs::kRegisters, context),
      irq("irq"),
      legal_bits_(context.config.features.bdma ? kAllSources : kAllSources & ~kBdmaAndRubik) {
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.set_sensitivity(&line_event_);
    options.dont_initialize();
    sc_core::sc_spawn([this] { drive_line(); }, "drive_line", &options);
}

std::uint32_t GlbUnit::mask() const {
    return registers().value(0, regs::SIntrMask::kRegister);
}

void GlbUnit::raise(InterruptSource source, unsigned group) {
    const std::uint32_t bit = interrupt_bit(source, group) & legal_bits_;
    if (clock().now() != last_raise_cycle_) unseen_ = 0;
    last_raise_cycle_ = clock().now();
    unseen_ |= bit;
    status_ |= bit;
    raised_.notify(sc_core::SC_ZERO_TIME);
    update_line();
}

void GlbUnit::on_write(std::uint32_t offset, std::uint32_t value) {
    if (offset == regs::SIntrMask::kRegister.offset) {
        this->regs().set(0, regs::SIntrMask::kRegister, value & legal_bits_);
    } else if (offset == regs::SIntrSet::kRegister.offset) {
        status_ |= value & legal_bits_;
    } else if (offset == regs::SIntrStatus::kRegister.offset) {
        // Set wins over a clear in the same cycle, unless software has already seen the bit.
        const bool same_cycle = clock().now() == last_raise_cycle_;
        status_ &= ~(value & ~(same_cycle ? unseen_ : 0));
    }
    update_line();
}

void GlbUnit::on_read(std::uint32_t offset, std::uint32_t& value) {
    if (offset == regs::SIntrSet::kRegister.offset) value = 0;
    if (offset != regs::SIntrStatus::kRegister.offset) return;
    value = status_;
    unseen_ = 0;
}

void GlbUnit::on_reset() {
    status_ = 0;
    unseen_ = 0;
    update_line();
}

// The line rises a few cycles after its status bit and falls with the access that clears it.
void GlbUnit::update_line() {
    const bool level = (status_ & ~mask()) != 0;
    if (events().active()) events().interrupt({clock().now(), status_, mask(), level});
    if (level == line_ && !rising_) return;
    if (level && rising_) return;
    rising_ = level;
    line_event_.cancel();
    if (level) {
        line_event_.notify(clock().period() * static_cast<double>(kLineDelayCycles));
    } else {
        line_event_.notify(sc_core::SC_ZERO_TIME);
    }
}

void GlbUnit::drive_line() {
    rising_ = false;
    line_ = (status_ & ~mask()) != 0;
    irq.write(line_);
}

void GlbUnit::visit_state(StateVisitor& state) {
    Unit::visit_state(state);
    state.value("S_INTR_STATUS", status_);
    state.value("unseen", unseen_);
    state.value("last_raise_cycle", last_raise_cycle_);
    state.value("line", line_);
    if (irq.read() != line_) irq.write(line_);
}

std::string GlbUnit::held_up() const {
    const std::uint32_t masked = status_ & mask();
    const std::uint32_t open = status_ & ~mask();
    std::string text;
    if (open != 0)
        text = fmt::format("the interrupt line is high: {} in S_INTR_STATUS, not cleared yet",
                           names_of(open));
    if (masked != 0)
        text += fmt::format("{}{} in S_INTR_STATUS, held back by S_INTR_MASK 0x{:x}",
                            text.empty() ? "" : "; ", names_of(masked), mask());
    return text;
}

std::string GlbUnit::busy() const {
    return rising_ ? "the interrupt line is about to rise" : "";
}

}  // namespace dla::glb
