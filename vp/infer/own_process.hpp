// SPDX-License-Identifier: Apache-2.0
// For tests that simulate more than once: SystemC elaborates only once per process.
//
//   CHECK(in_own_process([] { return run_and_say_what_is_wrong(); }) == "");
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "testing/catch.hpp"

namespace dla::vp {

// What `say` returns in a forked process, or that the process died.
template <class Say>
std::string in_own_process(Say say) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const std::string text = say();
        _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0
                                                                                            : 1);
    }
    close(ends[1]);
    std::string text;
    char buffer[512];
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof(buffer))) > 0;) {
        text.append(buffer, static_cast<std::size_t>(got));
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0 ? text : "the process died: " + text;
}

}  // namespace dla::vp
