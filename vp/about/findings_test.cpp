// SPDX-License-Identifier: Apache-2.0
#include "vp/about/findings.hpp"

#include "testing/catch.hpp"

using namespace dla::vp;

namespace {

HostFacts good_machine() {
    HostFacts facts;
    facts.root = "/tree";
    facts.source_tree = true;
    facts.sections = {{"build", "compile", {{"cmake"}}},
                      {"checks", "format", {{"clang-format"}}},
                      {"boot", "boot Linux", {{"qemu-system-arm"}}}};
    facts.installed = std::set<std::string>{"cmake", "clang-format", "qemu-system-arm"};
    facts.qemu = "7.2.0";
    facts.qemu_device = "/cache/dla-bridge.so";
    facts.guest = "/cache/guest";
    facts.cores = 2;
    facts.vector_unit = "AVX2";
    facts.memory_available_mib = 4000;
    facts.shared_memory_mib = 1000;
    facts.memory_files = true;
    facts.cache = "/cache";
    facts.cache_mib = 5000;
    return facts;
}

// The findings that are not "ok", as "status subject".
std::vector<std::string> complaints(const HostFacts& facts) {
    std::vector<std::string> found;
    for (const Finding& finding : findings_of(facts)) {
        if (finding.status == FindingStatus::kOk) continue;
        CHECK_FALSE(finding.remedy.empty());
        found.push_back(std::string(name_of(finding.status)) + " " + finding.subject);
    }
    return found;
}

using Complaints = std::vector<std::string>;

}  // namespace

TEST_CASE("a machine with everything gets no complaint") {
    CHECK(complaints(good_machine()).empty());
}

TEST_CASE("absent packages are missing where they are needed and a note where they are not") {
    HostFacts facts = good_machine();
    facts.installed = std::set<std::string>{"dpkg"};
    CHECK(complaints(facts) == Complaints{"missing packages to compile", "note packages to format",
                                          "missing packages to boot Linux"});
    facts.source_tree = false;
    CHECK(complaints(facts) == Complaints{"missing packages to boot Linux"});
    for (const Finding& finding : findings_of(facts))
        if (finding.status == FindingStatus::kMissing)
            CHECK(finding.remedy == "/tree/scripts/setup --for boot");
    facts.installed.reset();
    CHECK(complaints(facts) == Complaints{"note packages"});
}

TEST_CASE("what boot needs of the machine is missing by name") {
    HostFacts facts = good_machine();
    facts.qemu.clear();
    facts.memory_files = false;
    facts.memory_available_mib = 500;
    facts.cache_mib.reset();
    CHECK(complaints(facts) ==
          Complaints{"missing memory", "missing shared memory", "missing cache", "missing QEMU"});
    facts = good_machine();
    facts.shared_memory_mib.reset();
    CHECK(complaints(facts) == Complaints{"missing shared memory"});
}

TEST_CASE("what the first boot makes is a note, and needs room") {
    HostFacts facts = good_machine();
    facts.guest.clear();
    facts.qemu_device.clear();
    CHECK(complaints(facts) == Complaints{"note QEMU device", "note guest kernel"});
    facts.cache_mib = 100;
    CHECK(complaints(facts) ==
          Complaints{"missing cache", "note QEMU device", "note guest kernel"});
}

TEST_CASE("memory that nobody tells is a note, not a lack") {
    HostFacts facts = good_machine();
    facts.memory_available_mib.reset();
    CHECK(complaints(facts) == Complaints{"note memory"});
}

TEST_CASE("a slow machine gets a note") {
    HostFacts facts = good_machine();
    facts.cores = 1;
    facts.vector_unit = "none";
    CHECK(complaints(facts) == Complaints{"note cores", "note vector unit"});
}
