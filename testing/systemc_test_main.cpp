// SPDX-License-Identifier: Apache-2.0
// Runs every test case in a child process, because SystemC elaborates once per process. With a test
// name or --list-... on the command line it behaves like any Catch2 executable, in one process.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#include <catch2/internal/catch_test_case_registry_impl.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <systemc>
#include <vector>

// Address sanitizer asks for it by this name. SystemC does not unwind threads that still wait at
// the end, so what their stacks own would count as leaked.
extern "C" const char* __asan_default_options() {
    return "detect_leaks=0";
}

namespace {

std::vector<std::string> test_names() {
    std::vector<std::string> names;
    const Catch::Config config;
    for (const auto& test : Catch::getAllTestCasesSorted(config)) {
#if __has_include(<catch2/catch_all.hpp>)
        names.push_back(test.getTestCaseInfo().name);
#else
        names.push_back(test.name);
#endif
    }
    return names;
}

// Commas and brackets would be read as a test specification.
std::string escaped(const std::string& name) {
    std::string text;
    for (const char c : name) {
        if (c == ',' || c == '[' || c == '\\') text += '\\';
        text += c;
    }
    return text;
}

int run_in_child(char* program, const std::string& name) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        std::string spec = escaped(name);
        char* arguments[] = {program, spec.data(), nullptr};
        execv("/proc/self/exe", arguments);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        std::printf("%s: killed by signal %d\n", name.c_str(), WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

}  // namespace

int sc_main(int argc, char** argv) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    if (argc > 1) return Catch::Session().run(argc, argv);
    int failed = 0;
    int passed = 0;
    for (const std::string& name : test_names())
        (run_in_child(argv[0], name) == 0 ? passed : failed)++;
    std::printf("%d test cases in processes of their own: %d passed, %d failed\n", passed + failed,
                passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

int main(int argc, char** argv) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return sc_core::sc_elab_and_sim(argc, argv);
}
