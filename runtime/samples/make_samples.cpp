// SPDX-License-Identifier: Apache-2.0
// make-samples FOLDER: writes the sample loadables with inputs and goldens below FOLDER.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "runtime/loadable/file_bytes.hpp"
#include "runtime/samples/samples.hpp"

namespace {

using namespace dla::runtime;

bool write(const std::filesystem::path& path, const Bytes& bytes) {
    const auto written = write_file(path.string(), bytes);
    if (!written) fmt::print(stderr, "make-samples: {}\n", written.error().message);
    return written.has_value();
}

bool write_sample(const std::filesystem::path& folder, const Sample& sample) {
    std::filesystem::create_directories(folder);
    bool done = write(folder / (sample.name + ".nvdla"), write_loadable(sample.loadable)) &&
                write(folder / "golden.dimg", encode_dimg(sample.golden));
    if (sample.picture) {
        done = done && write(folder / "image.pgm", encode_pgm(*sample.picture));
    } else {
        done = done && write(folder / "input.bin", sample.input);
    }
    if (sample.viewable) {
        done = done && write(folder / "golden.pgm", encode_pgm(picture_of(sample.golden)));
    }
    return done;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: make-samples FOLDER\n");
        return 2;
    }
    const auto samples = make_samples();
    if (!samples) {
        fmt::print(stderr, "make-samples: {}\n", samples.error().message);
        return 1;
    }
    for (const Sample& sample : *samples) {
        if (!write_sample(std::filesystem::path(argv[1]) / sample.name, sample)) {
            return 1;
        }
        fmt::print("{:24} {:9} {}\n", sample.name, sample.config, sample.about);
    }
    return 0;
}
