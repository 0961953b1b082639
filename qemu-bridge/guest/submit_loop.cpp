// SPDX-License-Identifier: Apache-2.0
// In the guest: submits one loadable many times and checks that the output never changes.
//
//   submit_loop LOADABLE COUNT [INSTANCE]        INSTANCE: which DLA, from 0
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <vector>

#include "runtime/app/session.hpp"
#include "runtime/loadable/file_bytes.hpp"
#include "runtime/port/linux/linux_platform.hpp"

namespace {

using namespace dla::runtime;

dla::Result<void> submit(const std::vector<std::uint8_t>& file, int count, int instance) {
    auto platform = open_linux_platform();
    if (!platform) return dla::fail(platform.error().message);
    Runtime runtime(std::move(*platform));
    Session session(runtime);
    if (auto loaded = session.load(file, instance); !loaded) return loaded;
    Bytes first;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
        if (auto done = session.run(); !done) return done;
        const auto output = session.output(0);
        if (!output) return dla::fail(output.error().message);
        if (first.empty()) first = output->payload;
        if (output->payload != first)
            return dla::fail(fmt::format("submit {} gives another output", i));
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    fmt::print("{} submits, {:.2f} ms each, one output\n", count, took.count() / count);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    const int count = argc == 3 || argc == 4 ? std::atoi(argv[2]) : 0;
    if (count < 1) {
        fmt::print(stderr, "usage: submit_loop LOADABLE COUNT [INSTANCE]\n");
        return 2;
    }
    const auto file = dla::runtime::read_file(argv[1]);
    const auto done = file ? submit(*file, count, argc == 4 ? std::atoi(argv[3]) : 0)
                           : tl::unexpected(file.error());
    if (!done) {
        fmt::print(stderr, "submit_loop: {}\n", done.error().message);
        return 1;
    }
    return 0;
}
