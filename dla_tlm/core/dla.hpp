// SPDX-License-Identifier: Apache-2.0
// One DLA: its units wired together by a hardware configuration, behind plain TLM-2.0 sockets.
//
//   dla::HardwareConfig config = *dla::builtin_config("nv_small");
//   dla::Dla dla0("dla0", config);
//   my_bus.bind(dla0.csb);                    // byte address inside the register window, 32-bit
//   words dla0.dbb.bind(my_dram.socket);            // main memory
//   dla0.cvsram.bind(my_sram.socket);         // second memory; unused where the configuration has
//   none dla0.irq.bind(my_interrupt_signal);
//
// Two instances in one process are two DLAs: nothing is shared.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <systemc>
#include <tlm>
#include <vector>

#include "dla_tlm/common/chunks.hpp"
#include "dla_tlm/common/result.hpp"
#include "dla_tlm/common/unit.hpp"
#include "dla_tlm/core/convolution_links.hpp"
#include "dla_tlm/csb_master/csb_master.hpp"
#include "dla_tlm/glb/glb_unit.hpp"
#include "dla_tlm/mcif/memory_interface.hpp"

namespace dla {

class Dla : public sc_core::sc_module, private InterruptSink {
  public:
    tlm::tlm_target_socket<> csb;
    tlm::tlm_initiator_socket<> dbb;
    tlm::tlm_initiator_socket<32, tlm::tlm_base_protocol_types, 1, sc_core::SC_ZERO_OR_MORE_BOUND>
        cvsram;
    sc_core::sc_out<bool> irq;

    Dla(sc_core::sc_module_name name, const HardwareConfig& config, const TimingMode& timing = {});
    ~Dla() override;

    const HardwareConfig& config() const { return config_; }
    Clock& clock() { return clock_; }
    EventStream& events() { return events_; }
    WaitBoard& waits() { return waits_; }
    MemoryInterfaces& memory() { return memory_; }
    glb::GlbUnit& glb() { return *glb_; }
    // For debuggers; its content belongs to CDMA and CSC.
    const cbuf::Cbuf& conv_buffer() const { return conv_.buffer.storage; }

    // By catalogue name (CDMA, CMAC_A, ...); null where the configuration lacks it.
    Unit* unit(std::string_view name);
    const std::vector<std::unique_ptr<Unit>>& units() const { return units_; }

    // The one reset: every register, pointer, queue and worker back to power-on.
    void reset();

    // Whether some worker waits for a point in time, so that the DLA will move by itself.
    bool moving() const { return clock_.sleepers() > 0; }

    // What lies in the links between units.
    struct Stranded {
        std::string link;
        std::string consumer;  // the unit to take it
        std::size_t chunks;
    };
    std::vector<Stranded> stranded() const;

    // Why the state cannot be saved now: "SDP: group 0 is enabled"; empty when nothing is under
    // way.
    std::string busy() const;
    // Everything kept between layers, a section per unit. Only while not busy().
    std::vector<StateSection> save_state();
    // Outside of simulation processes. What does not fit is named by unit; the DLA is then to be
    // reset.
    Result<void> restore_state(std::span<const StateSection> sections);

  private:
    void raise(InterruptSource source, unsigned group) override { glb_->raise(source, group); }

    // Builds the unit if the configuration contains it and puts it at its slot; else null.
    template <class Module, class... Arguments>
    Module* add(const char* unit_name, Arguments&&... arguments);
    void add_memory_interfaces();
    void add_units();
    void add_convolution();
    void visit_shared(StateVisitor& state);

    HardwareConfig config_;
    TimingMode timing_;
    Clock clock_;
    EventStream events_;
    WaitBoard waits_;
    mcif::MemoryRouter memory_;
    AccumulatorLink cacc_to_sdp_;
    PoolingLink sdp_to_pdp_;
    ConvolutionLinks conv_;
    csb::CsbMaster csb_master_;
    Workers workers_;
    UnitContext context_;
    glb::GlbUnit* glb_ = nullptr;
    // Stands in for CVIF at the socket where the configuration has none.
    std::unique_ptr<tlm_utils::simple_initiator_socket_optional<Dla>> no_second_memory_;
    std::vector<std::unique_ptr<Unit>> units_;
};

}  // namespace dla
