// SPDX-License-Identifier: Apache-2.0
// Somebody who may look in, freeze the DLAs and stop the guest: a monitor. The bridge asks in its
// own thread.
#pragma once

#include <systemc>

namespace dla::bridge {

class RunControl {
  public:
    virtual ~RunControl() = default;

    // Readable when serve() has something to do.
    virtual int wake_descriptor() const = 0;
    // Does what waits; true when it did anything.
    virtual bool serve() = 0;
    // Model time passes for the guest's register accesses only.
    virtual bool frozen() const = 0;
    // Notified when frozen() or take_guest_stop() may have become true.
    virtual const sc_core::sc_event& stopped() const = 0;
    // Once: the guest is to stop for its debugger.
    virtual bool take_guest_stop() = 0;
};

}  // namespace dla::bridge
