// SPDX-License-Identifier: Apache-2.0
// dla_runtime: networks on the DLAs of a Linux system.
#include <fmt/format.h>

#include <cstdlib>

#include "runtime/app/application.hpp"
#include "runtime/port/linux/linux_platform.hpp"

int main(int argc, char** argv) {
    using namespace dla::runtime;
    const auto options = parse_options({argv + 1, argv + argc});
    if (!options || options->help) {
        if (!options) fmt::print(stderr, "dla_runtime: {}\n", options.error().message);
        fmt::print(options ? stdout : stderr, "{}", usage());
        return options ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    auto platform = open_linux_platform();
    if (!platform) {
        fmt::print(stderr, "dla_runtime: {}\n", platform.error().message);
        return EXIT_FAILURE;
    }
    Runtime runtime(std::move(*platform));
    if (const auto done = run_application(runtime, *options); !done) {
        fmt::print(stderr, "dla_runtime: {}\n", done.error().message);
        return EXIT_FAILURE;
    }
    fmt::print("Test pass\n");
    return EXIT_SUCCESS;
}
