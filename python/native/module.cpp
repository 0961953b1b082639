// SPDX-License-Identifier: Apache-2.0
// dla_vp._native: what dla_vp/__init__.py is built on. Not meant to be used directly.
#include <cstdlib>
#include <systemc>

#include "python/native/conversions.hpp"

// The packaged SystemC refers to it; Python is the main program here.
__attribute__((visibility("default"))) int sc_main(int /*argc*/, char** /*argv*/) {
    return 0;
}

PYBIND11_MODULE(_native, module) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    pybind11::register_exception<dla::python::UserError>(module, "Error", PyExc_ValueError);
    dla::python::add_runs(module);
    dla::python::add_simulation(module);
}
