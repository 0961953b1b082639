// SPDX-License-Identifier: Apache-2.0
#include "vp/own_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dla_tlm/common/drop_link.hpp"
#include "testing/catch.hpp"
#include "trace-tests/test_folder.hpp"

using namespace dla;
using namespace dla::vp;
using trace::read_text;
namespace fs = std::filesystem;

namespace {

Result<void> replace(const std::string& path, std::string_view text) {
    return replace_file(path, {{text.data(), text.size()}});
}

unsigned mode_of(const std::string& path) {
    struct stat found {};
    REQUIRE(stat(path.c_str(), &found) == 0);
    return found.st_mode & 07777;
}

}  // namespace

TEST_CASE("a file is replaced whole, with the mode that the user's umask leaves") {
    const trace::TestFolder folder;
    const std::string path = folder.path() + "/below/file";
    const mode_t before = umask(0077);
    REQUIRE(replace(path, "old"));
    CHECK(mode_of(path) == 0600);
    umask(0027);
    REQUIRE(replace_file(path, {{"ne", 2}, {"w", 1}}));
    CHECK(mode_of(path) == 0640);
    umask(before);
    CHECK(read_text(path) == "new");
    CHECK(std::distance(fs::directory_iterator(folder.path() + "/below"), {}) == 1);
}

TEST_CASE("links that lie in the way are replaced, what they lead to stays") {
    const trace::TestFolder folder;
    const std::string other = folder.write("other", "untouched");
    const std::string path = folder.path() + "/file";
    fs::create_symlink(other, path);
    fs::create_symlink(other, fmt::format("{}.{}.new", path, getpid()));
    REQUIRE(replace(path, "mine"));
    CHECK(read_text(path) == "mine");
    CHECK_FALSE(fs::is_symlink(path));
    CHECK(read_text(other) == "untouched");
    fs::create_symlink(other, path + "2");
    drop_link(path + "2");
    drop_link(other);
    CHECK_FALSE(fs::exists(path + "2"));
    CHECK(read_text(other) == "untouched");
}

TEST_CASE("what cannot be replaced is told, and nothing is left") {
    const trace::TestFolder folder;
    const std::string path = folder.path() + "/taken";
    fs::create_directories(path + "/not empty");
    const auto done = replace(path, "x");
    REQUIRE_FALSE(done);
    CHECK(done.error().message.starts_with(path + ": cannot be written: "));
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a link below the user's folder is refused, the folder itself may be one") {
    const trace::TestFolder folder;
    fs::create_directories(folder.path() + "/real/nv_full");
    fs::create_symlink("real", folder.path() + "/link");
    fs::create_symlink("/tmp", folder.path() + "/real/nv_small");
    CHECK(stays_below(folder.path() + "/link", {"nv_full", "conv"}));
    const auto out = stays_below(folder.path() + "/real", {"nv_small", "conv"});
    REQUIRE_FALSE(out);
    CHECK(out.error().message == fmt::format("{0}/real/nv_small is a link; nothing is written "
                                             "outside {0}/real",
                                             folder.path()));
}
