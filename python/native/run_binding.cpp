// SPDX-License-Identifier: Apache-2.0
// Whole runs: a register trace, a loadable.
#include <cstring>

#include "python/native/conversions.hpp"
#include "python/native/simulation.hpp"
#include "python/native/timing_choice.hpp"
#include "runtime/app/session.hpp"
#include "runtime/loadable/file_bytes.hpp"
#include "runtime/show/npy.hpp"
#include "vp/infer/host_platform.hpp"
#include "vp/infer/infer_report.hpp"
#include "vp/trace_run.hpp"

namespace dla::python {

namespace py = pybind11;
using namespace pybind11::literals;

TimingMode timing_of(const TimingChoice& choice, const HardwareConfig& config) {
    TimingMode mode = value_or_throw(vp::timing_mode(choice.memory, config));
    mode.enabled = choice.timing;
    mode.threads = choice.threads;
    return mode;
}

namespace {

py::dict run_trace(const std::string& path, const std::string& configuration,
                   const TimingChoice& choice, std::uint64_t hang_clocks) {
    const HardwareConfig config = configuration_of(configuration);
    EventLog log;
    vp::TraceRunOptions options{.timing = timing_of(choice, config), .hang_clocks = hang_clocks};
    options.listeners.push_back(&log);
    options.after = [](vp::Platform&) { vp::Kernel::end_threads(); };
    vp::Kernel kernel;
    const vp::Kernel::Use use(kernel);
    const trace::Outcome outcome = vp::run_trace(path, config, options);
    py::list operations;
    for (const OperationEvent& event : log.operations)
        operations.append(to_python(event, config));
    return py::dict("verdict"_a = trace::name_of(outcome.verdict), "cycles"_a = outcome.cycles,
                    "detail"_a = outcome.detail, "operations"_a = operations);
}

// c, h, w elements of int8, int16 or fp16; n, c, h, w of a batch.
py::array to_numpy(const runtime::LayerArray& array) {
    static constexpr const char* kTypes[] = {"<i1", "<i2", "<f2"};
    std::vector<std::size_t> shape{array.c, array.h, array.w};
    if (array.n != 1) shape.insert(shape.begin(), array.n);
    py::array result(py::dtype(kTypes[array.precision]), shape);
    std::memcpy(result.mutable_data(), array.data.data(), array.data.size());
    return result;
}

py::list layers_of(const std::vector<vp::LayerLine>& lines, const HardwareConfig& config) {
    py::list result;
    for (const vp::LayerLine& line : lines) {
        const auto cycles = static_cast<double>(line.cycles());
        py::dict layer("name"_a = line.name, "words"_a = line.words, "begin"_a = line.begin,
                       "end"_a = line.end, "macs"_a = line.macs,
                       "cycles_by_cause"_a = to_python(line.cost.parts),
                       "bound"_a = name_of(bound_of(line.cost.parts)),
                       "shared_with"_a = line.cost.parts.shared_with.words(),
                       "work"_a = to_python(line.cost.work),
                       "mac_utilisation"_a = mac_utilisation(line.cost.work, cycles, config),
                       "energy_pj"_a = energy_pj(line.cost.work, config));
        if (line.output != nullptr) layer["output"] = to_numpy(line.output->array);
        result.append(layer);
    }
    return result;
}

py::dict output_of(const runtime::Dimg& dimg) {
    return py::dict("format"_a = dimg.format, "width"_a = dimg.width, "height"_a = dimg.height,
                    "channels"_a = dimg.channel,
                    "payload"_a = py::bytes(reinterpret_cast<const char*>(dimg.payload.data()),
                                            dimg.payload.size()));
}

// The input of a network: a picture's path, raw bytes, or nothing.
struct NetworkInput {
    std::string image;
    int normalize = 1;
    std::vector<float> mean;
    std::optional<std::string> bytes;
};

void set_input(runtime::Session& session, const NetworkInput& input) {
    if (input.bytes) {
        const auto* data = reinterpret_cast<const std::uint8_t*>(input.bytes->data());
        value_or_throw(session.set_input({data, input.bytes->size()}));
    } else if (!input.image.empty()) {
        runtime::Preprocessing how{.normalize = input.normalize};
        if (input.mean.size() > how.mean.size()) throw UserError("mean has at most 4 values");
        std::copy(input.mean.begin(), input.mean.end(), how.mean.begin());
        value_or_throw(session.set_image(value_or_throw(runtime::read_image(input.image)), how));
    }
}

py::dict run_loadable(const std::string& path, const std::string& configuration,
                      const TimingChoice& choice, const NetworkInput& input) {
    const runtime::Bytes file = value_or_throw(runtime::read_file(path));
    const runtime::Loadable loadable = value_or_throw(runtime::read_loadable_file(path));
    const HardwareConfig config = value_or_throw(vp::config_for(configuration, loadable));
    vp::Kernel kernel;
    const vp::Kernel::Use use(kernel);
    vp::HostPlatform platform(config, timing_of(choice, config));
    const vp::Kernel::EndOfThreads end;
    runtime::Runtime runtime(platform);
    runtime::Session session(runtime);
    value_or_throw(session.load(file));
    set_input(session, input);
    value_or_throw(session.run());
    py::list outputs;
    for (int i = 0; i < session.num_outputs(); ++i)
        outputs.append(output_of(value_or_throw(session.output(i))));
    return py::dict("configuration"_a = config.name, "outputs"_a = outputs,
                    "cycles"_a = vp::total_cycles(platform.runs()),
                    "layers"_a = layers_of(vp::layer_lines(platform.runs(), config), config));
}

}  // namespace

void add_runs(py::module_& module) {
    py::class_<TimingChoice>(module, "TimingChoice")
        .def(py::init([](bool timing, unsigned threads, const std::string& memory,
                         const std::string& second_memory,
                         const std::vector<std::string>& settings) {
            return TimingChoice{timing, threads, {memory, second_memory, settings}};
        }));
    py::class_<NetworkInput>(module, "NetworkInput")
        .def(py::init([](const std::string& image, int normalize, const std::vector<float>& mean,
                         const std::optional<py::bytes>& bytes) {
            std::optional<std::string> raw;
            if (bytes) raw = std::string(*bytes);
            return NetworkInput{image, normalize, mean, raw};
        }));
    module.def("run_trace", &run_trace);
    module.def("run_loadable", &run_loadable);
}

}  // namespace dla::python
