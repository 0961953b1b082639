// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/platform_file.hpp"

#include "testing/catch.hpp"

using namespace dla::vp;

namespace {

std::string error_of(const std::string& yaml) {
    const auto platform = PlatformFile::parse(yaml, "my.yaml");
    return platform ? "" : platform.error().message;
}

std::string error_of_setting(const std::string& assignment) {
    PlatformFile platform;
    const auto set = platform.set(assignment);
    return set ? "" : set.error().message;
}

}  // namespace

TEST_CASE("a platform file changes what it names and leaves the rest") {
    const auto platform = PlatformFile::parse(
        "dlas: [nv_large, nv_small]\nwindow: 0x10400000\ninterrupt: 180\nposted_writes: true\n"
        "append: a \"b\"\nqemu_arguments: [-d, 'guest_errors,unimp']\n",
        "my.yaml");
    REQUIRE(platform);
    CHECK(platform->dlas == std::vector<std::string>{"nv_large", "nv_small"});
    CHECK(platform->window == 0x10400000);
    CHECK(platform->interrupt == 180);
    CHECK(platform->posted_writes);
    CHECK(platform->append == "a \"b\"");
    CHECK(platform->qemu_arguments == std::vector<std::string>{"-d", "guest_errors,unimp"});
    CHECK(platform->memory_mib == 3072);
    CHECK(platform->dma_memory == 0xc0000000);
}

TEST_CASE("what is printed reads back the same") {
    PlatformFile platform;
    REQUIRE(platform.set("dlas=nv_full,nv_small"));
    REQUIRE(platform.set("dma_memory=0x90000000"));
    REQUIRE(platform.set("append=quote \" and \\ backslash"));
    const auto again = PlatformFile::parse(platform.print(), "printed");
    REQUIRE(again);
    CHECK(again->print() == platform.print());
    CHECK(again->append == platform.append);
}

TEST_CASE("the platform file that comes with the project is the built-in one") {
    const auto shipped = PlatformFile::load("configs/platforms/default.yaml");
    REQUIRE(shipped);
    CHECK(shipped->print() == PlatformFile{}.print());
}

TEST_CASE("a mistake is named with place, key and legal values") {
    CHECK(error_of("memory_mib: 5")
              .find("my.yaml:1:1: memory_mib is '5', legal is a whole number "
                    "from 256 to 3072") != std::string::npos);
    CHECK(error_of("cpus: 1\nwindow: 0x10200004\n")
              .find("my.yaml:2:1: window is '0x10200004', "
                    "legal is a multiple of 0x40000") != std::string::npos);
    CHECK(error_of("posted_writes: 1").find("legal is true or false") != std::string::npos);
    CHECK(error_of("memory: 5").find("'memory' is not a key; keys are dlas, cpu") !=
          std::string::npos);
    CHECK(error_of("dlas: []").find("dlas has 0 entries") != std::string::npos);
    CHECK(error_of("dlas: [a, b, c, d, e]").find("dlas has 5 entries") != std::string::npos);
    CHECK(error_of("- 1").find("mapping of keys") != std::string::npos);
    CHECK(error_of("cpu: [a").find("not YAML") != std::string::npos);
    CHECK(error_of("cpu: {a: b}").find("cpu must be a single value") != std::string::npos);
    CHECK(error_of_setting("cpus").find("KEY=VALUE") != std::string::npos);
    CHECK(error_of_setting("cpus=x").find("cpus is 'x'") != std::string::npos);
    CHECK(PlatformFile::load("/no/such/file").error().message.find("/no/such/file") !=
          std::string::npos);
}

TEST_CASE("windows and interrupts of all DLAs must have room") {
    CHECK(error_of("dlas: [a, b]\nwindow: 0x3ee80000").find("windows of 2 DLAs") !=
          std::string::npos);
    CHECK(error_of("dlas: [a, b]\ninterrupt: 255").find("interrupts from 255 to 256") !=
          std::string::npos);
    CHECK(error_of("dlas: [a, b]\ninterrupt: 254").empty());
}
