// SPDX-License-Identifier: Apache-2.0
#include "runtime/loadable/file_bytes.hpp"

#include <unistd.h>

#include <filesystem>

#include "testing/catch.hpp"

using namespace dla::runtime;

TEST_CASE("a file comes back as it was written") {
    const auto path =
        std::filesystem::temp_directory_path() / ("dla_file_bytes_" + std::to_string(getpid()));
    const Bytes bytes{0, 10, 13, 255};
    REQUIRE(write_file(path.string(), bytes));
    CHECK(read_file(path.string()).value() == bytes);
    REQUIRE(write_file(path.string(), {}));
    CHECK(read_file(path.string()).value().empty());
    std::filesystem::remove(path);
}

TEST_CASE("what is wrong with a file is told with the system's reason") {
    CHECK(read_file("/no/such.nvdla").error().message ==
          "/no/such.nvdla: cannot be read: No such file or directory");
    CHECK(read_file("/tmp").error().message == "/tmp: cannot be read: is a folder");
    CHECK(write_file("/dev/null/x", {}).error().message ==
          "/dev/null/x: cannot be written: Not a directory");
    CHECK(read_loadable_file("/no/such.nvdla").error().message ==
          "/no/such.nvdla: cannot be read: No such file or directory");
}
