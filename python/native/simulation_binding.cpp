// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>

#include "dla_tlm/cdma/pixel_format.hpp"
#include "dla_tlm/csb_master/csb_protocol.hpp"
#include "python/native/conversions.hpp"
#include "python/native/simulation.hpp"
#include "python/native/timing_choice.hpp"

namespace dla::python {
namespace {

namespace py = pybind11;
using namespace pybind11::literals;

const char* name_of_access(regs::FieldAccess access) {
    static constexpr const char* kNames[] = {"rw", "ro", "const", "wo", "w1c", "w1s", "rwt"};
    return kNames[static_cast<std::size_t>(access)];
}

// (unit, register, byte address, has two groups, [(field, lowest bit, width, access)])
py::list registers(const std::string& configuration) {
    const HardwareConfig config = configuration_of(configuration);
    py::list result;
    for (const regs::CatalogueUnit& unit : regs::catalogue()) {
        const std::int64_t base = unit.base[static_cast<std::size_t>(config.address_map)];
        if (base < 0 || !config.has_unit(unit.name)) continue;
        const auto table = unit.table(config.address_map);
        for (std::size_t i = 0; i < table.size(); ++i) {
            py::list fields;
            for (const regs::FieldInfo& field : unit.fields[i])
                fields.append(py::make_tuple(field.name, field.lsb, field.width,
                                             name_of_access(field.access)));
            result.append(py::make_tuple(unit.name, table[i].name, base + table[i].offset,
                                         table[i].grouped, fields));
        }
    }
    return result;
}

// What pack_image of dla_vp.formats needs to know of each format, by register code.
py::list pixel_formats() {
    py::list result;
    for (unsigned code = 0; code < cdma::kPixelFormats; ++code) {
        const cdma::PixelFormat& format = *cdma::find_pixel_format(code);
        const bool ten_bit = format.packing == cdma::PixelFormat::Packing::kTenBit;
        result.append(py::dict(
            "name"_a = format.name, "code"_a = code, "channels"_a = format.channels,
            "semi_planar"_a = format.semi_planar, "floating"_a = format.floating,
            "ten_bit"_a = ten_bit, "element_bytes"_a = format.element_bytes(),
            "order"_a = format.order, "shift"_a = format.shift,
            "plane_bytes"_a = py::make_tuple(format.plane0_bytes(), format.plane1_bytes())));
    }
    return result;
}

UserError refused(const char* access, std::uint32_t address) {
    return UserError(
        fmt::format("a {} of {:#x} is answered by an error; legal are multiples of 4 below {:#x}",
                    access, address, csb::kWindowBytes));
}

std::uint32_t read_register(Simulation& simulation, std::uint32_t address) {
    const auto value = simulation.read(address);
    if (!value) throw refused("read", address);
    return *value;
}

void write_register(Simulation& simulation, std::uint32_t address, std::uint32_t value) {
    if (!simulation.write(address, value)) throw refused("write", address);
}

// A view, not a copy: it keeps the simulation alive.
py::array_t<std::uint8_t> memory_view(const py::object& self, std::uint64_t address,
                                      std::uint64_t size) {
    auto& simulation = self.cast<Simulation&>();
    const auto bytes = simulation.memory(address, size);
    if (bytes.empty() && size != 0)
        throw UserError(fmt::format("{} bytes at {:#x} are not all memory; memory is {}", size,
                                    address, simulation.memory_words()));
    return py::array_t<std::uint8_t>(static_cast<py::ssize_t>(bytes.size()), bytes.data(), self);
}

py::list operations(const Simulation& simulation) {
    py::list result;
    for (const OperationEvent& event : simulation.log().operations)
        result.append(to_python(event, simulation.config()));
    return result;
}

py::list interrupts(const Simulation& simulation) {
    py::list result;
    for (const InterruptEvent& event : simulation.log().interrupts)
        result.append(py::dict("cycle"_a = event.cycle, "status"_a = event.status,
                               "mask"_a = event.mask, "level"_a = event.level));
    return result;
}

py::list errors(const Simulation& simulation) {
    std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
    for (const auto& [first, times] : simulation.guest_errors())
        counts[{first.unit, first.message}] = times;
    py::list result;
    for (const GuestErrorEvent& event : simulation.log().errors)
        result.append(py::dict("cycle"_a = event.cycle, "unit"_a = event.unit,
                               "message"_a = event.message,
                               "times"_a = counts[{event.unit, event.message}]));
    return result;
}

}  // namespace

void add_simulation(py::module_& module) {
    module.def("configurations", &builtin_config_names);
    module.def("configuration",
               [](const std::string& name) { return to_python(configuration_of(name)); });
    module.def("registers", &registers);
    module.def("pixel_formats", &pixel_formats);
    py::class_<Simulation>(module, "Simulation")
        .def(py::init([](const std::string& name, const TimingChoice& choice) {
            const HardwareConfig config = configuration_of(name);
            return std::make_unique<Simulation>(config, timing_of(choice, config));
        }))
        .def("read", &read_register)
        .def("write", &write_register)
        .def("wait_interrupt", &Simulation::wait_interrupt)
        .def("advance", &Simulation::advance)
        .def("reset", &Simulation::reset)
        .def("waits", &Simulation::waits)
        .def("memory", &memory_view)
        .def("operations", &operations)
        .def("interrupts", &interrupts)
        .def("errors", &errors)
        .def("forget_events", &Simulation::forget_events)
        .def_property_readonly("interrupt", &Simulation::interrupt)
        .def_property_readonly("cycle", &Simulation::cycle);
}

}  // namespace dla::python
