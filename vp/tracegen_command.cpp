// SPDX-License-Identifier: Apache-2.0
#include "vp/tracegen_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "trace-tests/generator/generated_layer.hpp"
#include "trace-tests/generator/mode_set.hpp"
#include "trace-tests/generator/own_traces.hpp"
#include "trace-tests/generator/pixels.hpp"
#include "vp/text_escape.hpp"
#include "vp/text_file.hpp"

namespace dla::vp {
namespace {

using trace::DialectChoice;
using trace::LayerKind;
using trace::LayerSpec;

template <class Enum>
using Names = std::map<std::string, Enum>;

const Names<LayerKind> kKinds = {
    {"conv", LayerKind::kConvolution},   {"sdp", LayerKind::kSdp},
    {"pdp", LayerKind::kPooling},        {"cdp", LayerKind::kNormalization},
    {"rubik", LayerKind::kReshape},      {"bdma", LayerKind::kCopy},
    {"registers", LayerKind::kRegisters}};
const Names<Precision> kPrecisions = {
    {"int8", Precision::kInt8}, {"int16", Precision::kInt16}, {"fp16", Precision::kFp16}};
const Names<trace::PoolingMethod> kMethods = {{"average", trace::PoolingMethod::kAverage},
                                              {"max", trace::PoolingMethod::kMax},
                                              {"min", trace::PoolingMethod::kMin}};
const Names<trace::Reshaping> kReshapings = {{"contract", trace::Reshaping::kContract},
                                             {"split", trace::Reshaping::kSplit},
                                             {"merge", trace::Reshaping::kMerge}};
const Names<trace::Memory> kMemories = {{"pri", trace::Memory::kPrimary},
                                        {"sec", trace::Memory::kSecondary}};
const Names<trace::Ending> kEndings = {{"wait", trace::Ending::kWait},
                                       {"poll", trace::Ending::kPoll},
                                       {"each", trace::Ending::kWaitEach},
                                       {"named", trace::Ending::kWaitNamed}};
const Names<DialectChoice> kDialects = {
    {"txn", DialectChoice::kTxn}, {"cfg", DialectChoice::kCfg}, {"both", DialectChoice::kBoth}};

constexpr int kNotPossible = 2;

struct Options {
    LayerSpec spec;
    std::vector<unsigned> size = {8, 8, 32};
    std::vector<unsigned> kernel = {3, 3};
    std::string output;
    std::string config = "nv_full";
    DialectChoice dialect = DialectChoice::kBoth;
    bool dialect_given = false;
    bool own = false;
    bool modes = false;
    std::string json;
};

// What was written, for --json.
using Written = std::vector<std::string>;

void note(const std::string& name, const std::string& words, const std::string& config,
          const std::string& folder, const Options& options, Written& all) {
    fmt::print(stream_for_people(options.json), "{}: {}\n", folder, words);
    all.push_back(fmt::format("{{\"name\": {}, \"config\": {}, \"folder\": {}, \"operation\": {}}}",
                              json_text(name), json_text(config), json_text(folder),
                              json_text(words)));
}

Result<void> write_one(const LayerSpec& spec, const HardwareConfig& config, const Options& options,
                       DialectChoice dialect, Written& all) {
    const auto layer = trace::generate(spec, config);
    if (!layer) return fail(fmt::format("{}: {}", spec.name, layer.error().message));
    const std::string folder = fmt::format("{}/{}/{}", options.output, config.name, spec.name);
    auto written = trace::write_traces(*layer, spec, config, folder, dialect);
    if (!written) return written;
    note(spec.name, layer->words, config.name, folder, options, all);
    return {};
}

Result<void> write_chain(const trace::Chain& chain, const HardwareConfig& config,
                         const Options& options, Written& all) {
    const auto layers = trace::generate(chain, config);
    if (!layers) return tl::unexpected(layers.error());
    const std::string folder = fmt::format("{}/{}/{}", options.output, config.name, chain.name);
    auto written = trace::write_chain(*layers, chain.layers.front(), config, folder);
    if (!written) return written;
    note(chain.name, fmt::format("{} layers of {}", layers->size(), layers->front().words),
         config.name, folder, options, all);
    return {};
}

Result<void> write_all(const Options& options, Written& all) {
    const bool file =
        options.config.ends_with(".yaml") || options.config.find('/') != std::string::npos;
    const auto config = file ? load_config(options.config) : builtin_config(options.config);
    if (!config) return tl::unexpected(config.error());
    if (options.modes) {
        for (const LayerSpec& spec : trace::mode_set(*config))
            if (auto written = write_one(spec, *config, options, DialectChoice::kTxn, all);
                !written)
                return written;
        for (const trace::Chain& chain : trace::reuse_chains(*config))
            if (auto written = write_chain(chain, *config, options, all); !written) return written;
        return {};
    }
    if (!options.own) {
        LayerSpec spec = options.spec;
        spec.width = options.size[0];
        spec.height = options.size[1];
        spec.channels = options.size[2];
        spec.kernel_width = options.kernel[0];
        spec.kernel_height = options.kernel[1];
        return write_one(spec, *config, options, options.dialect, all);
    }
    const DialectChoice dialect = options.dialect_given ? options.dialect : DialectChoice::kTxn;
    for (const trace::OwnTrace& own : trace::own_traces())
        if (auto written = write_one(own.spec, *config, options, dialect, all); !written)
            return written;
    return {};
}

int run(const Options& options) {
    Written all;
    auto written = write_all(options, all);
    const std::string error = written ? "null" : json_text(written.error().message);
    if (!options.json.empty()) {
        const auto told =
            write_text(options.json,
                       fmt::format("{{\"exit_code\": {}, \"error\": {}, \"traces\": [{}{}\n]}}\n",
                                   written ? 0 : kNotPossible, error, all.empty() ? "" : "\n  ",
                                   fmt::join(all, ",\n  ")));
        if (written && !told) written = told;
    }
    if (!written) fmt::print(stderr, "dla-vp tracegen: {}\n", written.error().message);
    return written ? 0 : kNotPossible;
}

template <class Enum>
CLI::Option* add_choice(CLI::App& command, const char* flags, Enum& value, const Names<Enum>& names,
                        const char* help) {
    return command.add_option(flags, value, help)
        ->transform(CLI::CheckedTransformer(names).description(""))
        ->option_text([&] {
            std::string text;
            for (const auto& [name, unused] : names)
                text += (text.empty() ? "" : "|") + name;
            return text;
        }());
}

void add_mode_options(CLI::App& command, LayerSpec& spec) {
    add_choice(command, "--method", spec.method, kMethods, "pdp (default max)");
    command.add_flag("--from-sdp", spec.from_sdp, "pdp: on the fly behind SDP");
    command.add_option("--stripes", spec.stripes, "pdp: the width in so many pieces")
        ->capture_default_str();
    command
        .add_option("--pixel-format", spec.pixel_format,
                    "conv: of an image, in this format (code of D_DATAIN_FORMAT)")
        ->check(CLI::Range(0u, trace::kPixelFormatCodes - 1));
    command.add_flag("--convert", spec.convert,
                     "conv: CDMA's converter; images: with a mean for each channel");
    command.add_flag("--random-steps", spec.random_steps,
                     "sdp: any operations and operands of all three steps, drawn from the seed");
    command.add_option("--window", spec.window, "cdp: channels of a sum")->capture_default_str();
    command.add_flag("!--no-square-sum", spec.square_sum, "cdp: looks up the number itself");
    command.add_flag("!--no-multiply", spec.multiply, "cdp: the table's value is the result");
    add_choice(command, "--reshaping", spec.reshaping, kReshapings, "rubik (default split)");
}

void add_layer_options(CLI::App& command, Options& options) {
    LayerSpec& spec = options.spec;
    add_choice(command, "--kind", spec.kind, kKinds, "what the layer does (default conv)");
    command
        .add_option("--size", options.size,
                    "input WIDTH HEIGHT CHANNELS; bdma: bytes of a line, "
                    "lines, surfaces")
        ->expected(3);
    add_choice(command, "--precision", spec.precision, kPrecisions, "default int8");
    command.add_option("--kernels", spec.kernels, "conv: number of kernels")->capture_default_str();
    command.add_option("--kernel", options.kernel, "conv, pdp: kernel WIDTH HEIGHT")->expected(2);
    command.add_option("--stride", spec.stride, "conv, pdp, rubik")->capture_default_str();
    command.add_option("--stride-y", spec.stride_y,
                       "conv, pdp, rubik: in lines, if not the same as --stride");
    command.add_option("--pad", spec.pad, "conv, pdp: on all four sides")->capture_default_str();
    command.add_flag("--pad-two-sides", spec.pad_two_sides, "conv, pdp: --pad left and top only");
    command.add_option("--pad-value", spec.pad_value, "conv, average pooling")
        ->capture_default_str();
    command.add_option("--dilation", spec.dilation, "conv")->capture_default_str();
    add_mode_options(command, spec);
    command.add_flag("--bias", spec.bias, "conv, sdp: bias per channel from memory");
    command.add_flag("--relu", spec.relu, "conv, sdp");
    command.add_option("--line-gap", spec.line_gap, "memory atoms left out behind output lines");
    command.add_option("--surface-gap", spec.surface_gap,
                       "memory atoms left out behind output surfaces");
}

}  // namespace

void add_tracegen_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "tracegen", "write a trace of one layer with random data and its golden result");
    command->footer(
        "Example: dla-vp tracegen --kind conv --size 16 16 32 --kernels 8 --relu -o mine\n"
        "         dla-vp trace mine\n"
        "Exit code 0, 2: the layer is not possible, cannot be written, or wrong command line.");
    command
        ->add_option("-o,--output", options->output,
                     "folder; the trace goes to OUTPUT/CONFIGURATION/NAME")
        ->required();
    command->add_option("--name", options->spec.name, "of the trace")->capture_default_str();
    command->add_option("--config", options->config, "configuration by name or .yaml file")
        ->capture_default_str();
    add_layer_options(*command, *options);
    add_choice(*command, "--memory", options->spec.memory, kMemories,
               "where everything is (default pri)");
    CLI::Option* dialect =
        add_choice(*command, "--dialect", options->dialect, kDialects, "default both");
    add_choice(*command, "--end", options->spec.ending, kEndings,
               "txn: how the trace learns of the end (default wait)");
    command->add_option("--seed", options->spec.seed, "of data and weights")->capture_default_str();
    command->add_flag("--modes", options->modes,
                      "write layers in the modes that networks seldom use instead");
    command->add_flag("--own", options->own, "write the project's own set of traces instead");
    command->add_option("--json", options->json,
                        "what was written as JSON to this file, - for standard output");
    command->callback([options, dialect, &exit_code] {
        options->dialect_given = dialect->count() > 0;
        exit_code = run(*options);
    });
}

}  // namespace dla::vp
