// SPDX-License-Identifier: Apache-2.0
#include "vp/platform/kernel.hpp"

#include <vector>

namespace dla::vp {

namespace {

void kill_other_threads_below(const std::vector<sc_core::sc_object*>& objects) {
    for (sc_core::sc_object* object : objects) {
        sc_core::sc_process_handle process(object);
        if (process.valid() && process.proc_kind() == sc_core::SC_THREAD_PROC_ &&
            !process.terminated() && process != sc_core::sc_get_current_process_handle()) {
            process.kill();
        }
        kill_other_threads_below(object->get_child_objects());
    }
}

}  // namespace

Kernel::Kernel() : context_(std::make_unique<sc_core::sc_simcontext>()) {}

Kernel::~Kernel() {
    // Waits that the end cut short are still in the kernel's queue, which would not give them back.
    // Their events are gone with the modules, and to ask for the next event drops such.
    sc_core::sc_pending_activity_at_future_time(context_.get());
}

Kernel::Use::Use(Kernel& kernel) : before_(sc_core::sc_curr_simcontext) {
    sc_core::sc_curr_simcontext = kernel.context_.get();
}

Kernel::Use::~Use() {
    sc_core::sc_curr_simcontext = before_;
}

void Kernel::end_threads() {
    if (sc_core::sc_get_status() != sc_core::SC_PAUSED) return;
    sc_core::sc_spawn([] { kill_other_threads_below(sc_core::sc_get_top_level_objects()); });
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

}  // namespace dla::vp
