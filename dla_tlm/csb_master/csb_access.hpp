// SPDX-License-Identifier: Apache-2.0
// One register access from an initiator's side:
//
//   std::uint32_t value = 0;
//   const csb::Answer answer = csb::access(socket, tlm::TLM_READ_COMMAND, 0x3004, value);
//   sc_core::wait(answer.delay);
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>

#include "dla_tlm/csb_master/csb_protocol.hpp"

namespace dla::csb {

struct Answer {
    tlm::tlm_response_status status;
    sc_core::sc_time delay;  // has not passed yet

    bool ok() const { return status == tlm::TLM_OK_RESPONSE; }
};

// 32 bits at a byte offset of the register window. A read puts them into `value`.
template <class InitiatorSocket>
Answer access(InitiatorSocket& socket, tlm::tlm_command command, std::uint32_t offset,
              std::uint32_t& value, bool posted = false) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(sizeof(value));
    payload.set_streaming_width(sizeof(value));
    PostedExtension extension;
    if (posted) payload.set_extension(&extension);
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    payload.clear_extension<PostedExtension>();  // the payload would delete it
    return {payload.get_response_status(), delay};
}

}  // namespace dla::csb
