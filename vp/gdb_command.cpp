// SPDX-License-Identifier: Apache-2.0
#include "vp/gdb_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <thread>

#include "vp/boot/gdb_session.hpp"

namespace dla::vp {
namespace {

constexpr int kCouldNotRun = 2;

// The first start of a guest prepares it for a minute or two.
bool wait_for(const std::filesystem::path& script, int seconds) {
    constexpr auto kStep = std::chrono::milliseconds(100);
    constexpr int kStepsPerSecond = 10;
    for (int i = 0; i < seconds * kStepsPerSecond; ++i) {
        if (std::filesystem::exists(script)) return true;
        if (i == kStepsPerSecond) fmt::print(stderr, "dla-vp gdb: waiting for the run to start\n");
        std::this_thread::sleep_for(kStep);
    }
    return std::filesystem::exists(script);
}

int start_gdb(const std::string& run, int patience, const std::vector<std::string>& arguments) {
    const std::string script = gdb_script_path(run).string();
    if (!wait_for(script, patience)) {
        fmt::print(stderr,
                   "dla-vp gdb: no run '{}' with a GDB stub; start one with: dla-vp boot --gdb\n",
                   run);
        return kCouldNotRun;
    }
    std::vector<std::string> words{"gdb-multiarch", "-q", "-x", script};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    execvp(pointers[0], pointers.data());
    fmt::print(
        stderr,
        "dla-vp gdb: cannot start gdb-multiarch: {}; scripts/setup --for debug installs it\n",
        std::strerror(errno));
    return kCouldNotRun;
}

}  // namespace

void add_gdb_command(CLI::App& app, const std::vector<std::string>& gdb_arguments, int& exit_code) {
    struct Options {
        std::string run = "boot";
        int patience = 120;
    };
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("gdb", "GDB on the guest of a run that was started with boot --gdb");
    command->footer(
        "Example: dla-vp boot --gdb-wait         in one terminal\n"
        "         dla-vp gdb                     in another\n"
        "What follows -- goes to gdb-multiarch.\n"
        "Exit code: that of GDB; 2: no such run, no GDB, or wrong command line.");
    command->add_option("run", options->run, "its --monitor, where that was given")
        ->capture_default_str();
    command->add_option("--patience", options->patience, "seconds to wait for the run to start")
        ->check(CLI::Range(0, 3600))
        ->capture_default_str();
    command->callback([options, gdb_arguments, &exit_code] {
        exit_code = start_gdb(options->run, options->patience, gdb_arguments);
    });
}

}  // namespace dla::vp
