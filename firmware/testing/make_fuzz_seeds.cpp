// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// make-fuzz-seeds FOLDER LOADABLE...: the DLA task of each loadable as an input of
// firmware_descriptor_fuzz.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "firmware/testing/task_file.hpp"

namespace {

using namespace dla;

bool write_seed(const std::filesystem::path& path, const runtime::Bytes& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return file.good();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr, "usage: make-fuzz-seeds FOLDER LOADABLE...\n");
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder);
    for (int i = 2; i < argc; ++i) {
        const std::string path = argv[i];
        const auto loadable = runtime::read_loadable_file(path);
        if (!loadable) {
            fmt::print(stderr, "make-fuzz-seeds: {}: {}\n", path, loadable.error().message);
            return 1;
        }
        const bool full = path.find("nv_small") == std::string::npos;
        const auto seed = firmware::testing::task_file(
            *loadable, firmware::testing::first_dla_task(*loadable), full);
        if (!write_seed(folder / fmt::format("task-{}", i - 1), seed)) {
            fmt::print(stderr, "make-fuzz-seeds: {} cannot be written\n", folder.string());
            return 1;
        }
    }
    return 0;
}
