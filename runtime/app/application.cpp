// SPDX-License-Identifier: Apache-2.0
#include "runtime/app/application.hpp"

#include <fmt/format.h>

#include <chrono>

#include "runtime/app/server.hpp"
#include "runtime/loadable/file_bytes.hpp"

namespace dla::runtime {
namespace {

constexpr const char* kOutputFile = "output.dimg";

Result<void> write_output(const Dimg& dimg, bool as_text) {
    if (!as_text) return write_file(kOutputFile, encode_dimg(dimg));
    const std::string text = raw_dump(dimg) + "\n";
    return write_file(kOutputFile, Bytes(text.begin(), text.end()));
}

Result<void> run_once(Runtime& runtime, const AppOptions& options) {
    const auto bytes = read_file(options.loadable);
    if (!bytes) return tl::unexpected(bytes.error());
    Session session(runtime);
    if (auto loaded = session.load(*bytes); !loaded) {
        return fail(options.loadable + ": " + loaded.error().message);
    }
    if (!options.image.empty()) {
        const auto image = read_image(options.image);
        if (!image) return tl::unexpected(image.error());
        if (auto set = session.set_image(*image, options.preprocessing); !set) return set;
    }
    const auto start = std::chrono::steady_clock::now();
    if (auto done = session.run(); !done) return done;
    const auto spent = std::chrono::steady_clock::now() - start;
    // Scripts look for this line; the unit is what it has always been, the number microseconds.
    fmt::print("execution time = {:f} s\n",
               std::chrono::duration<double, std::micro>(spent).count());
    if (session.num_outputs() == 0) return {};
    const auto dimg = session.output(0);
    if (!dimg) return tl::unexpected(dimg.error());
    return write_output(*dimg, options.rawdump);
}

}  // namespace

Result<void> run_application(Runtime& runtime, const AppOptions& options) {
    if (options.server) {
        Server server(runtime, options.preprocessing);
        return listen_and_serve(server);
    }
    return run_once(runtime, options);
}

}  // namespace dla::runtime
