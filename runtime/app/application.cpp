// SPDX-License-Identifier: Apache-2.0
#include "runtime/app/application.hpp"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "runtime/app/server.hpp"

namespace dla::runtime {
namespace {

constexpr const char* kOutputFile = "output.dimg";

Result<void> write_output(const Dimg& dimg, bool as_text) {
    std::ofstream file(kOutputFile, std::ios::binary);
    if (as_text) {
        file << raw_dump(dimg) << '\n';
    } else {
        const Bytes bytes = encode_dimg(dimg);
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    }
    if (!file) return fail(fmt::format("{}: cannot be written", kOutputFile));
    return {};
}

Result<void> run_once(Runtime& runtime, const AppOptions& options) {
    std::ifstream file(options.loadable, std::ios::binary);
    if (!file) return fail(options.loadable + ": cannot be opened");
    const Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    Session session(runtime);
    if (auto loaded = session.load(bytes); !loaded) {
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
