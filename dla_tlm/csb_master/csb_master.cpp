// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/csb_master/csb_master.hpp"

#include <fmt/format.h>

#include <cstring>

namespace dla::csb {

CsbMaster::CsbMaster(sc_core::sc_module_name name, Clock& clock, EventStream& events)
    : sc_module(name), csb("csb"), clock_(clock), events_(events) {
    csb.register_b_transport(this, &CsbMaster::b_transport);
    csb.register_transport_dbg(this, &CsbMaster::transport_dbg);
}

void CsbMaster::connect(Unit& unit, std::uint32_t base) {
    auto& slot = slots_.at(base / kSlotBytes);
    slot = std::make_unique<Slot>(fmt::format("to_{}", unit.unit_name()).c_str());
    slot->bind(unit.csb);
}

CsbMaster::Slot* CsbMaster::slot_of(std::uint64_t address) const {
    return slots_[address / kSlotBytes].get();
}

void CsbMaster::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    if (payload.get_data_length() != sizeof(std::uint32_t) || payload.get_address() % 4 != 0) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        events_.guest_error(
            {clock_.now(), "CSB",
             fmt::format("access of {} bytes at 0x{:x}; legal is one aligned 32-bit word",
                         payload.get_data_length(), payload.get_address())},
            "width");
        return;
    }
    if (payload.get_address() >= kWindowBytes) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    answer(payload, delay);
}

void CsbMaster::answer(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const auto address = static_cast<std::uint32_t>(payload.get_address());
    const bool write = payload.is_write();
    const auto record = [&] {
        if (!events_.active()) return;
        std::uint32_t value = 0;
        std::memcpy(&value, payload.get_data_ptr(), sizeof(value));
        events_.csb({clock_.now(), address, value, write});
    };
    if (write) record();  // before what the write causes
    if (Slot* slot = slot_of(address)) {
        payload.set_address(address % kSlotBytes);
        (*slot)->b_transport(payload, delay);
        payload.set_address(address);
    } else {
        if (!write) std::memset(payload.get_data_ptr(), 0, sizeof(std::uint32_t));
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    if (!write) record();
    const bool posted = write && payload.get_extension<PostedExtension>() != nullptr;
    delay += clock_.period() * static_cast<double>(posted ? kPostedCycles : kResponseCycles);
}

unsigned CsbMaster::transport_dbg(tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    Slot* slot = address < kWindowBytes ? slot_of(address) : nullptr;
    if (slot == nullptr) return 0;
    payload.set_address(address % kSlotBytes);
    const unsigned bytes = (*slot)->transport_dbg(payload);
    payload.set_address(address);
    return bytes;
}

}  // namespace dla::csb
