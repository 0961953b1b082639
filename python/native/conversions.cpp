// SPDX-License-Identifier: Apache-2.0
#include "python/native/conversions.hpp"

namespace dla::python {

namespace py = pybind11;
using namespace pybind11::literals;

HardwareConfig configuration_of(const std::string& name) {
    return value_or_throw(name.ends_with(".yaml") ? load_config(name) : builtin_config(name));
}

py::dict to_python(const HardwareConfig& config) {
    const Features& has = config.features;
    const auto port = [](const MemoryPort& p) {
        return py::dict("width_bytes"_a = p.width_bytes, "max_burst_beats"_a = p.max_burst_beats);
    };
    return py::dict(
        "name"_a = config.name, "summary"_a = config.summary, "atomic_c"_a = config.atomic_c,
        "atomic_k"_a = config.atomic_k, "memory_atom_bytes"_a = config.memory_atom_bytes,
        "cbuf"_a = py::dict("banks"_a = config.cbuf.banks,
                            "entries_per_bank"_a = config.cbuf.entries_per_bank,
                            "entry_bytes"_a = config.cbuf.entry_bytes),
        "features"_a = py::dict(
            "int16"_a = has.int16, "fp16"_a = has.fp16, "winograd"_a = has.winograd,
            "weight_compression"_a = has.weight_compression, "batch_max"_a = has.batch_max,
            "bdma"_a = has.bdma, "rubik"_a = has.rubik, "second_memory"_a = has.second_memory,
            "sdp_ew"_a = has.sdp_ew, "sdp_lut"_a = has.sdp_lut),
        "primary"_a = port(config.primary), "secondary"_a = port(config.secondary),
        "clock_mhz"_a = config.clock_mhz, "calibrated"_a = config.timing.calibrated);
}

py::dict to_python(const CycleParts& parts) {
    py::dict result;
    const auto cycles = parts.in_order();
    for (std::size_t i = 0; i < kBounds; ++i)
        result[name_of(static_cast<Bound>(i))] = cycles[i];
    return result;
}

py::dict to_python(const LayerWork& work) {
    const auto port = [](const PortBytes& bytes) {
        return py::dict("read"_a = bytes.read, "written"_a = bytes.written);
    };
    return py::dict("macs"_a = work.macs, "cbuf_bytes"_a = work.cbuf_bytes,
                    "primary"_a = port(work.primary), "secondary"_a = port(work.secondary));
}

py::dict to_python(const OperationEvent& event, const HardwareConfig& config) {
    const auto cycles = static_cast<double>(event.end - event.begin);
    return py::dict("unit"_a = event.unit, "group"_a = event.group, "begin"_a = event.begin,
                    "end"_a = event.end, "words"_a = event.words, "macs"_a = event.macs,
                    "bytes"_a = event.bytes, "cycles_by_cause"_a = to_python(event.parts),
                    "bound"_a = name_of(bound_of(event.parts)),
                    "shared_with"_a = event.parts.shared_with.words(),
                    "work"_a = to_python(event.work),
                    "mac_utilisation"_a = mac_utilisation(event.work, cycles, config),
                    "energy_pj"_a = energy_pj(event.work, config));
}

}  // namespace dla::python
