// SPDX-License-Identifier: Apache-2.0
#include "vp/loadable_command.hpp"

#include <fmt/format.h>

#include <memory>

#include "runtime/show/show.hpp"
#include "vp/loadable_json.hpp"

namespace dla::vp {
namespace {

constexpr int kBadInput = 2;

struct ShowOptions {
    std::string path;
    bool fields = false;
    bool dot = false;
    bool as_json = false;
};

int show(const ShowOptions& options) {
    const auto loadable = runtime::read_loadable_file(options.path);
    if (!loadable) {
        fmt::print(stderr, "dla-vp loadable: {}\n", loadable.error().message);
        return kBadInput;
    }
    if (options.as_json)
        fmt::print("{}", loadable_json(*loadable));
    else
        fmt::print("{}", options.dot ? runtime::dependency_graph(*loadable)
                                     : runtime::describe(*loadable, options.fields));
    return 0;
}

}  // namespace

void add_loadable_command(CLI::App& app, int& exit_code) {
    CLI::App* loadable = app.add_subcommand("loadable", "compiled networks");
    loadable->footer(
        "Example: dla-vp loadable show net.nvdla\n"
        "Exit code 0, 2: the file is no loadable, or wrong command line.");
    loadable->require_subcommand(1);
    const auto options = std::make_shared<ShowOptions>();
    CLI::App* command = loadable->add_subcommand(
        "show", "tensors, memories, tasks and operations of a loadable, in words");
    command->footer(
        "Example: dla-vp loadable show --dot net.nvdla | dot -Tsvg > net.svg\n"
        "Exit code 0, 2: the file is no loadable, or wrong command line.");
    command->add_option("file", options->path, "the loadable")->required();
    command->add_flag("--fields", options->fields, "every descriptor field that is set");
    command->add_flag("--dot", options->dot, "the dependency graph for Graphviz instead");
    command->add_flag("--json", options->as_json, "tensors, memories, tasks and operations as JSON")
        ->excludes("--dot");
    command->callback([options, &exit_code] { exit_code = show(*options); });
}

}  // namespace dla::vp
