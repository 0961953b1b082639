// SPDX-License-Identifier: Apache-2.0
// Model values as Python objects.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <stdexcept>
#include <string>

#include "dla_tlm/common/events.hpp"
#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/result.hpp"

namespace dla::python {

// Becomes dla_vp.Error: the caller's mistake, in words.
struct UserError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class Value>
Value value_or_throw(Result<Value> result) {
    if (!result) throw UserError(result.error().message);
    return std::move(*result);
}
inline void value_or_throw(const Result<void>& result) {
    if (!result) throw UserError(result.error().message);
}

// Built-in name or .yaml file.
HardwareConfig configuration_of(const std::string& name);

pybind11::dict to_python(const HardwareConfig& config);
pybind11::dict to_python(const OperationEvent& event, const HardwareConfig& config);
pybind11::dict to_python(const LayerWork& work);
pybind11::dict to_python(const CycleParts& parts);

// What the modules add to dla_vp._native.
void add_simulation(pybind11::module_& module);
void add_runs(pybind11::module_& module);

}  // namespace dla::python
