// SPDX-License-Identifier: Apache-2.0
// dla-vp: the command line. Each command lives in a file of its own and registers itself here.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <systemc>
#include <vector>

#include "vp/about/about_commands.hpp"
#include "vp/about/completion.hpp"
#include "vp/boot_command.hpp"
#include "vp/campaign/campaign_command.hpp"
#include "vp/coverage/coverage_command.hpp"
#include "vp/ctl_command.hpp"
#include "vp/gdb_command.hpp"
#include "vp/infer_command.hpp"
#include "vp/loadable_command.hpp"
#include "vp/state/state_command.hpp"
#include "vp/trace_command.hpp"
#include "vp/tracegen_command.hpp"

namespace {

// Commands without SystemC and with it share one entry point: SystemC wants to own main().
int run(int argc, char** argv) {
    CLI::App app{"DLA-VP: a bit-exact virtual platform of the NVDLA deep-learning accelerator",
                 "dla-vp"};
    app.footer(
        "Example: dla-vp trace trace-tests/own; each command has its own: dla-vp COMMAND --help\n"
        "Exit code 0: all well, 1: a trace, run or check failed, 2: could not run.");
    app.require_subcommand(1);
    int exit_code = 0;
    char** const dashes = std::find(argv, argv + argc, std::string_view("--"));
    const std::vector<std::string> behind_dashes(std::min(dashes + 1, argv + argc), argv + argc);
    argc = static_cast<int>(dashes - argv);
    dla::vp::add_boot_command(app, behind_dashes, exit_code);
    dla::vp::add_campaign_command(app, exit_code);
    dla::vp::add_completion_command(app, exit_code);
    dla::vp::add_coverage_command(app, exit_code);
    dla::vp::add_ctl_command(app, exit_code);
    dla::vp::add_doctor_command(app, exit_code);
    dla::vp::add_gdb_command(app, behind_dashes, exit_code);
    dla::vp::add_infer_command(app, exit_code);
    dla::vp::add_loadable_command(app, exit_code);
    dla::vp::add_state_command(app, exit_code);
    dla::vp::add_trace_command(app, exit_code);
    dla::vp::add_tracegen_command(app, exit_code);
    dla::vp::add_version_command(app, exit_code);
    constexpr int kCouldNotRun = 2;
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kCouldNotRun;  // --help is none
    } catch (const std::exception& error) {  // of the host: no memory, no space, no permission
        fmt::print(stderr, "dla-vp: {}\n", error.what());
        return kCouldNotRun;
    }
    // What was told last lies in a buffer; that the disk is full shows when it is written.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        fmt::print(stderr, "dla-vp: standard output cannot be written: {}\n", std::strerror(errno));
        return kCouldNotRun;
    }
    return exit_code;
}

}  // namespace

int sc_main(int argc, char** argv) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    return run(argc, argv);
}

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return sc_core::sc_elab_and_sim(argc, argv);
}
