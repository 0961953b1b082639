// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/core/dla.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dla_regs/cfgrom_regs.hpp"
#include "dla_tlm/bdma/bdma_unit.hpp"
#include "dla_tlm/cacc/cacc_unit.hpp"
#include "dla_tlm/cdma/cdma_unit.hpp"
#include "dla_tlm/cdp/cdp_unit.hpp"
#include "dla_tlm/cmac/cmac_unit.hpp"
#include "dla_tlm/csc/csc_unit.hpp"
#include "dla_tlm/pdp/pdp_unit.hpp"
#include "dla_tlm/rubik/rubik_unit.hpp"
#include "dla_tlm/sdp/sdp_unit.hpp"

namespace dla {
namespace {

constexpr std::size_t kLinkChunks = 4;
constexpr const char* kSharedSection = "between units";

}  // namespace

Dla::Dla(sc_core::sc_module_name name, const HardwareConfig& config, const TimingMode& timing)
    : sc_module(name),
      csb("csb"),
      dbb("dbb"),
      cvsram("cvsram"),
      irq("irq"),
      config_(config),
      timing_(timing),
      clock_(config.clock_mhz),
      memory_(config_, timing_, clock_),
      cacc_to_sdp_("CACC to SDP", waits_, kLinkChunks),
      sdp_to_pdp_("SDP to PDP", waits_, kLinkChunks),
      conv_(config_, waits_),
      csb_master_("csb_master", clock_, events_),
      workers_(timing_.threads),
      context_{config_, clock_, *this, memory_, events_, waits_, timing_, workers_} {
    csb.bind(csb_master_.csb);
    glb_ = add<glb::GlbUnit>("GLB");
    glb_->irq.bind(irq);
    add_memory_interfaces();
    add_units();
}

Dla::~Dla() = default;

template <class Module, class... Arguments>
Module* Dla::add(const char* unit_name, Arguments&&... arguments) {
    if (!config_.has_unit(unit_name)) return nullptr;
    auto unit =
        std::make_unique<Module>(unit_name, std::forward<Arguments>(arguments)..., context_);
    Module* added = unit.get();
    const auto map = static_cast<std::size_t>(config_.address_map);
    csb_master_.connect(*added, static_cast<std::uint32_t>(regs::find_unit(unit_name)->base[map]));
    units_.push_back(std::move(unit));
    return added;
}

void Dla::add_memory_interfaces() {
    auto* primary = add<mcif::MemoryInterface>("MCIF", "MCIF", timing_.primary);
    auto* secondary = add<mcif::MemoryInterface>("CVIF", "CVIF", timing_.secondary);
    primary->memory_out.bind(dbb);
    if (secondary != nullptr) {
        secondary->memory_out.bind(cvsram);
    } else {
        using Placeholder = tlm_utils::simple_initiator_socket_optional<Dla>;
        no_second_memory_ = std::make_unique<Placeholder>("no_second_memory");
        no_second_memory_->bind(cvsram);
    }
    memory_.connect(primary, secondary);
}

void Dla::add_units() {
    add<Unit>("CFGROM", "CFGROM", regs::cfgrom::kRegisters);
    add<bdma::BdmaUnit>("BDMA");
    add_convolution();
    auto* sdp_rdma = add<sdp::SdpRdmaUnit>("SDP_RDMA");
    add<sdp::SdpUnit>("SDP", *sdp_rdma, cacc_to_sdp_, sdp_to_pdp_);
    auto* pdp_rdma = add<pdp::PdpRdmaUnit>("PDP_RDMA");
    add<pdp::PdpUnit>("PDP", *pdp_rdma, sdp_to_pdp_);
    auto* cdp_rdma = add<cdp::CdpRdmaUnit>("CDP_RDMA");
    add<cdp::CdpUnit>("CDP", *cdp_rdma);
    add<rubik::RubikUnit>("RBK");
}

void Dla::add_convolution() {
    add<cdma::CdmaUnit>("CDMA", conv_.buffer);
    add<csc::CscUnit>(
        "CSC", csc::CscUnit::Ports{conv_.buffer, conv_.to_cmac_a, conv_.to_cmac_b, conv_.pace});
    add<cmac::CmacUnit>("CMAC_A", "CMAC_A", conv_.to_cmac_a, conv_.from_cmac_a);
    add<cmac::CmacUnit>("CMAC_B", "CMAC_B", conv_.to_cmac_b, conv_.from_cmac_b);
    add<cacc::CaccUnit>("CACC", cacc::CaccUnit::Ports{conv_.from_cmac_a, conv_.from_cmac_b,
                                                      cacc_to_sdp_, conv_.pace});
}

Unit* Dla::unit(std::string_view name) {
    for (const auto& unit : units_) {
        if (name == unit->unit_name()) return unit.get();
    }
    return nullptr;
}

std::vector<Dla::Stranded> Dla::stranded() const {
    std::vector<Stranded> found;
    const auto look = [&](const auto& link) {
        if (!link.empty()) found.push_back({link.name(), link.consumer(), link.size()});
    };
    look(conv_.to_cmac_a);
    look(conv_.to_cmac_b);
    look(conv_.from_cmac_a);
    look(conv_.from_cmac_b);
    look(cacc_to_sdp_);
    look(sdp_to_pdp_);
    return found;
}

std::string Dla::busy() const {
    for (const auto& unit : units_) {
        const std::string what = unit->busy();
        if (!what.empty()) return fmt::format("{}: {}", unit->unit_name(), what);
    }
    if (moving()) return "a unit is at work";
    const auto left = stranded();
    if (!left.empty()) return fmt::format("data are in the link {}", left.front().link);
    return conv_.buffer.fetches.empty() ? "" : "CDMA has fetched a layer that CSC has not begun";
}

// What belongs to no single unit.
void Dla::visit_shared(StateVisitor& state) {
    OperandsAhead operands = memory_.operands_ahead();
    state.value("operands_ahead cycle", operands.cycle);
    state.value("operands_ahead beats", operands.beats);
    memory_.announce_operands(operands);
}

std::vector<StateSection> Dla::save_state() {
    std::vector<StateSection> sections;
    for (const auto& unit : units_) {
        StateSaver saver;
        unit->visit_state(saver);
        sections.push_back({unit->unit_name(), saver.items()});
    }
    StateSaver shared;
    visit_shared(shared);
    sections.push_back({kSharedSection, shared.items()});
    return sections;
}

Result<void> Dla::restore_state(std::span<const StateSection> sections) {
    const auto load = [&](const char* name, auto&& visit) -> Result<void> {
        const auto section = std::ranges::find(sections, name, &StateSection::name);
        if (section == sections.end()) return fail(fmt::format("the state has no unit {}", name));
        StateLoader loader(section->items);
        visit(loader);
        if (loader.error().empty()) return {};
        return fail(fmt::format("{}: {}", name, loader.error()));
    };
    for (const auto& unit : units_) {
        auto done = load(unit->unit_name(), [&](StateLoader& l) { unit->visit_state(l); });
        if (!done) return done;
    }
    return load(kSharedSection, [&](StateLoader& l) { visit_shared(l); });
}

void Dla::reset() {
    cacc_to_sdp_.reset();
    sdp_to_pdp_.reset();
    conv_.reset();
    for (const auto& unit : units_)
        unit->reset_unit();
    events_.reset(clock_.now());
}

}  // namespace dla
