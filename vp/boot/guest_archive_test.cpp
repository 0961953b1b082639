// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/guest_archive.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "testing/catch.hpp"
#include "vp/boot/qemu_process.hpp"
#include "vp/program_output.hpp"

using namespace dla::vp;
namespace fs = std::filesystem;

namespace {

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

constexpr std::uint64_t kEnough = 1 << 20;

// A folder with what a shared folder may hold.
void fill(const fs::path& share) {
    fs::create_directories(share / "deep" / "er");
    write_file(share / "odd", "12345");
    write_file(share / "deep" / "er" / "empty", "");
    write_file(share / "program", "#!/bin/sh\n");
    fs::permissions(share / "program", fs::perms(0755));
    fs::create_symlink("odd", share / "link");
}

}  // namespace

TEST_CASE("what goes in comes out of cpio") {
    const PrivateFolder folder;
    fill(folder.path() / "share");
    write_file(folder.path() / "rest", "behind");
    GuestArchive archive(kEnough);
    REQUIRE(archive.add_file(folder.path() / "share" / "odd", "control/run"));
    REQUIRE(archive.add_folder(folder.path() / "share", "mnt"));
    const std::string file = (folder.path() / "archive").string();
    REQUIRE(archive.write(file, (folder.path() / "rest").string()));
    CHECK(bytes_of(file).ends_with("behind"));
    CHECK((bytes_of(file).size() - 6) % 4 == 0);  // the kernel looks for the next one there

    const fs::path out = folder.path() / "out";
    fs::create_directory(out);
    REQUIRE(program_output("/bin/sh", {"-c", "cd \"$0\" && cpio -i --quiet <\"$1\" && echo done",
                                       out.string(), file}));
    CHECK(bytes_of(out / "control" / "run") == "12345");
    CHECK(bytes_of(out / "mnt" / "odd") == "12345");
    CHECK(fs::file_size(out / "mnt" / "deep" / "er" / "empty") == 0);
    CHECK(fs::status(out / "mnt" / "program").permissions() == fs::perms(0755));
    CHECK(fs::read_symlink(out / "mnt" / "link") == "odd");
}

TEST_CASE("the same content makes the same bytes, whenever and in whatever order it was written") {
    const PrivateFolder folder;
    const auto archive_of = [&](const char* name) {
        GuestArchive archive(kEnough);
        REQUIRE(archive.add_folder(folder.path() / name, "mnt"));
        const std::string file = (folder.path() / "archive").string();
        REQUIRE(archive.write(file, ""));
        return bytes_of(file);
    };
    fs::create_directories(folder.path() / "one");
    write_file(folder.path() / "one" / "odd", "");
    fill(folder.path() / "one");
    fill(folder.path() / "two");
    fs::last_write_time(folder.path() / "two" / "odd", fs::file_time_type::min());
    CHECK(archive_of("one") == archive_of("two"));
}

TEST_CASE("a folder too large for the guest's memory is refused with both sizes") {
    const PrivateFolder folder;
    write_file(folder.path() / "large", std::string(100, 'x'));
    GuestArchive archive(64);
    const auto added = archive.add_folder(folder.path(), "mnt");
    REQUIRE_FALSE(added);
    CHECK(added.error().message.find("large: with this file 100 bytes") != std::string::npos);
    CHECK(added.error().message.find("0 to 64") != std::string::npos);
}

TEST_CASE("what is not there is an error that names it") {
    GuestArchive archive(kEnough);
    CHECK(archive.add_file("/no/such/script", "control/run").error().message ==
          "/no/such/script: is not a file");
    CHECK(archive.add_folder("/no/such/folder", "mnt")
              .error()
              .message.starts_with("/no/such/folder: "));
    const PrivateFolder folder;
    CHECK(archive.write((folder.path() / "archive").string(), "/no/such/initramfs")
              .error()
              .message.starts_with("/no/such/initramfs: "));
}
