// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/guest_exit.hpp"

#include <sys/stat.h>

#include "testing/catch.hpp"
#include "trace-tests/test_folder.hpp"

using dla::trace::TestFolder;
using dla::vp::guest_exit_in;

TEST_CASE("the guest's result is the number in its file") {
    const TestFolder folder;
    CHECK(guest_exit_in(folder.write("zero", "0\n")) == 0);
    CHECK(guest_exit_in(folder.write("seven", "7\n")) == 7);
    CHECK_FALSE(guest_exit_in(folder.write("empty", "")));
    CHECK_FALSE(guest_exit_in(folder.write("word", "done\n")));
    CHECK_FALSE(guest_exit_in(folder.write("large", "99999999999999999999\n")));
    CHECK_FALSE(guest_exit_in(folder.path() + "/none"));
}

TEST_CASE("a guest that leaves a link, a pipe or a folder has left no result") {
    const TestFolder folder;
    std::filesystem::create_symlink(folder.write("zero", "0\n"), folder.path() + "/link");
    CHECK_FALSE(guest_exit_in(folder.path() + "/link"));
    REQUIRE(mkfifo((folder.path() + "/pipe").c_str(), 0600) == 0);
    CHECK_FALSE(guest_exit_in(folder.path() + "/pipe"));  // does not wait for a writer
    CHECK_FALSE(guest_exit_in(folder.path()));
}
