// SPDX-License-Identifier: Apache-2.0
#include "vp/ctl_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "vp/monitor/client.hpp"
#include "vp/monitor/socket_path.hpp"

namespace dla::vp {
namespace {

struct CtlOptions {
    std::string socket;
    std::vector<std::string> words;
    std::optional<unsigned> dla;
    bool json = false;
};

int ctl(const CtlOptions& options) {
    constexpr int kRefused = 1;
    constexpr int kNobodyThere = 2;
    const std::string line = fmt::format("{}{}{}", options.json ? "json " : "",
                                         options.dla ? fmt::format("dla={} ", *options.dla) : "",
                                         fmt::join(options.words, " "));
    const auto answer = monitor::ask(monitor::socket_path(options.socket), line);
    if (!answer) {
        fmt::print(stderr, "dla-vp ctl: {}\n", answer.error().message);
        return kNobodyThere;
    }
    if (!answer->ok) {
        fmt::print(stderr, "dla-vp ctl: {}\n", answer->text);
        return kRefused;
    }
    fmt::print("{}", answer->text);
    return 0;
}

}  // namespace

void add_ctl_command(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<CtlOptions>();
    CLI::App* command = app.add_subcommand("ctl", "look into a run and control it");
    command->footer(
        "Example: dla-vp infer --loadable net.nvdla --monitor run --hold &\n"
        "         dla-vp ctl run step SDP\n"
        "         dla-vp ctl run mem cube SDP dst\n"
        "`dla-vp ctl run help` lists the commands. Exit code 1: the run refused, 2: no such run.");
    command->add_option("socket", options->socket, "what the run was given with --monitor")
        ->required();
    command->add_option("command", options->words, "a command and its words; help lists them");
    command->add_option("--dla", options->dla, "which of several DLAs, from 0");
    command->add_flag("--json", options->json, "answer as JSON");
    command->callback([options, &exit_code] { exit_code = ctl(*options); });
}

}  // namespace dla::vp
