// SPDX-License-Identifier: Apache-2.0
// The bridge as SystemC modules: GuestMemory gives a DLA the guest's RAM in place, QemuBridge turns
// the guest's register accesses into CSB transactions and the DLA's interrupt into the guest's
// wire.
//
//   QemuBridge bridge("bridge", std::move(channels));
//   for (unsigned i = 0; i < bridge.size(); ++i) bridge.attach(i, dla[i], irq[i]);
//   sc_core::sc_start();                         // returns when QEMU ends
//   if (!bridge.error().empty()) ...
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "dla_tlm/core/dla.hpp"
#include "qemu-bridge/systemc_side/bridge_channel.hpp"
#include "qemu-bridge/systemc_side/run_control.hpp"
#include "qemu-bridge/systemc_side/step_length.hpp"

namespace dla::bridge {

// The guest's RAM as a TLM target with DMI. An address outside it is an address error. busy: called
// in the initiator's thread when a transaction has been carried out, may wait for no time.
class GuestMemory : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<GuestMemory> socket;

    GuestMemory(sc_core::sc_module_name name, const std::vector<GuestRam>& ram,
                std::function<void()> busy);

  private:
    const GuestRam* find(std::uint64_t address, std::uint64_t size) const;
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    void move(tlm::tlm_generic_payload& payload) const;
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

    const std::vector<GuestRam>& ram_;
    std::function<void()> busy_;
};

class QemuBridge : public sc_core::sc_module {
  public:
    QemuBridge(sc_core::sc_module_name name, std::vector<BridgeChannel> channels);
    ~QemuBridge() override;

    unsigned size() const { return static_cast<unsigned>(ports_.size()); }
    // Binds DLA number index to the guest; before elaboration ends.
    void attach(unsigned index, Dla& dla, sc_core::sc_signal<bool>& irq);

    // Calls told(index) once when a DLA has work, cannot move, and the guest has not touched any
    // DLA for so long. In the simulation's thread.
    using Standstill = std::function<void(unsigned index)>;
    void watch(std::chrono::milliseconds patience, Standstill told) {
        patience_ = patience;
        standstill_ = std::move(told);
    }

    // Before the simulation starts; must outlive the bridge's run.
    void control(RunControl& control) { control_ = &control; }

    // Why the bridge ended, when that was not QEMU's orderly end.
    const std::string& error() const { return error_; }
    std::uint64_t accesses() const { return accesses_; }

  private:
    struct Port;

    void run();
    // Takes and answers what is there; false when nothing was.
    bool serve(Port& port);
    void perform(Port& port, const dla_bridge_request& request);
    std::uint32_t access_register(Port& port, const dla_bridge_request& request);
    static void settle();
    void catch_up(std::uint64_t time_ns);
    bool advance();
    void give_way();
    bool frozen() const { return control_ != nullptr && control_->frozen(); }
    // Lets the monitor do what it has to; true when it did anything.
    bool attend_control();
    // Blocks the process until QEMU rings or goes; false when it has gone.
    bool sleep();
    static bool stands_still(const Port& port);
    // How long poll() may wait, in milliseconds; -1: for ever.
    int patience() const;
    void tell_standstill();
    bool qemu_gone() const;

    const std::vector<GuestRam> no_ram_;
    std::vector<std::unique_ptr<Port>> ports_;
    bool synchronised_ = false;
    StepLength step_;
    sc_core::sc_event look_;  // a unit gives way to the guest
    bool answering_ = false;  // an access is under way
    std::chrono::steady_clock::time_point last_look_;
    RunControl* control_ = nullptr;
    std::string error_;
    std::uint64_t accesses_ = 0;
    std::chrono::milliseconds patience_{0};
    Standstill standstill_;
    bool told_ = false;  // since the last access
};

}  // namespace dla::bridge
