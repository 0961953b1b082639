// SPDX-License-Identifier: Apache-2.0
// Decodes the DLA's register window into the units' 4 KiB slots. Payload address = byte offset
// inside the window. A slot without a unit answers reads with 0 and swallows writes. spec:
// csb-and-control.md 1.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <memory>
#include <systemc>
#include <tlm>

#include "dla_tlm/common/clock.hpp"
#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/csb_master/csb_protocol.hpp"

namespace dla::csb {

class CsbMaster : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<CsbMaster> csb;

    CsbMaster(sc_core::sc_module_name name, Clock& clock, EventStream& events);

    // Puts a unit at its slot; before elaboration ends.
    void connect(Unit& unit, std::uint32_t base);

  private:
    using Slot = tlm_utils::simple_initiator_socket<CsbMaster>;

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    Slot* slot_of(std::uint64_t address) const;
    void answer(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

    Clock& clock_;
    EventStream& events_;
    std::array<std::unique_ptr<Slot>, kWindowBytes / kSlotBytes> slots_;
};

}  // namespace dla::csb
