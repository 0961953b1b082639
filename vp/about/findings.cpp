// SPDX-License-Identifier: Apache-2.0
#include "vp/about/findings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dla::vp {
namespace {

using enum FindingStatus;

// A boot in MiB: the guest's memory grows as it is used, a run of a large network fills 1 GiB.
constexpr std::uint64_t kMemoryOfBoot = 2048;
constexpr std::uint64_t kCacheOfBoot = 1024;  // kernel, headers, QEMU's sources and device

// What the sections of scripts/packages are needed for; the others are a matter of taste.
bool needed(const PackageSection& section, const HostFacts& facts) {
    return section.name == "boot" || (section.name == "build" && facts.source_tree);
}

// An installed program needs no compiler for itself.
bool concerns(const PackageSection& section, const HostFacts& facts) {
    return section.name == "boot" || section.name == "debug" || facts.source_tree;
}

Finding packages(const PackageSection& section, const HostFacts& facts) {
    const std::string subject = fmt::format("packages to {}", section.purpose);
    const auto missing = missing_packages(section, *facts.installed);
    if (missing.empty()) return {subject, kOk, "installed", ""};
    return {subject, needed(section, facts) ? kMissing : kNote,
            fmt::format("not installed: {}", fmt::join(missing, ", ")),
            fmt::format("{}/scripts/setup --for {}", facts.root, section.name)};
}

void add_packages(std::vector<Finding>& findings, const HostFacts& facts) {
    if (!facts.package_list_error.empty()) {
        findings.push_back({"package list", kMissing, facts.package_list_error,
                            "install dla-vp again, or set DLA_VP_ROOT to the folder of scripts/"});
    }
    if (!facts.installed) {
        findings.push_back(
            {"packages", kNote, "no dpkg here: not Debian or its like",
             fmt::format("install by hand what {}/scripts/packages lists", facts.root)});
        return;
    }
    for (const PackageSection& section : facts.sections)
        if (concerns(section, facts)) findings.push_back(packages(section, facts));
}

void add_boot(std::vector<Finding>& findings, const HostFacts& facts) {
    if (facts.qemu.empty())
        findings.push_back({"QEMU", kMissing, "no qemu-system-aarch64",
                            fmt::format("{}/scripts/setup --for boot", facts.root)});
    else
        findings.push_back({"QEMU", kOk, facts.qemu, ""});
    const auto made = [&](const char* subject, const std::string& path, const char* script) {
        findings.push_back(
            path.empty()
                ? Finding{subject, kNote, "not made yet",
                          fmt::format("the first boot makes it from Debian's packages; now: "
                                      "{}/scripts/{}",
                                      facts.root, script)}
                : Finding{subject, kOk, path, ""});
    };
    made("QEMU device", facts.qemu_device, "qemu-device");
    made("guest kernel", facts.guest, "guest");
}

Finding memory(const HostFacts& facts) {
    if (!facts.memory_available_mib)
        return {"memory", kNote, "unknown: /proc/meminfo cannot be read",
                fmt::format("mount -t proc proc /proc; boot takes up to {} MiB", kMemoryOfBoot)};
    const std::string found = fmt::format("{} MiB available", *facts.memory_available_mib);
    if (*facts.memory_available_mib >= kMemoryOfBoot) return {"memory", kOk, found, ""};
    return {"memory", kMissing, found,
            fmt::format("boot takes up to {} MiB: end other programs, or boot --set memory_mib=512",
                        kMemoryOfBoot)};
}

Finding shared_memory(const HostFacts& facts) {
    if (!facts.memory_files)
        return {"shared memory", kMissing, "memfd_create does not work",
                "boot needs a Linux kernel of 3.17 or newer that allows it"};
    if (!facts.shared_memory_mib)
        return {"shared memory", kMissing, "/dev/shm cannot be written to",
                "mount -t tmpfs -o mode=1777 shm /dev/shm; in a container: --shm-size=1g"};
    return {"shared memory", kOk, fmt::format("{} MiB free in /dev/shm", *facts.shared_memory_mib),
            ""};
}

Finding cache(const HostFacts& facts) {
    if (!facts.cache_mib)
        return {"cache", kMissing, fmt::format("{} cannot be written to", facts.cache),
                "set XDG_CACHE_HOME to a folder of yours"};
    const std::string found = fmt::format("{}, {} MiB free", facts.cache, *facts.cache_mib);
    if (*facts.cache_mib < kCacheOfBoot && facts.guest.empty())
        return {"cache", kMissing, found,
                fmt::format("the first boot keeps {} MiB there: make room or set XDG_CACHE_HOME",
                            kCacheOfBoot)};
    return {"cache", kOk, found, ""};
}

}  // namespace

const char* name_of(FindingStatus status) {
    switch (status) {
        case kOk:
            return "ok";
        case kNote:
            return "note";
        case kMissing:
            break;
    }
    return "missing";
}

std::vector<Finding> findings_of(const HostFacts& facts) {
    std::vector<Finding> findings;
    findings.push_back({"cores", facts.cores > 1 ? kOk : kNote, fmt::format("{}", facts.cores),
                        facts.cores > 1 ? "" : "QEMU and the DLA run in parallel on two or more"});
    const bool vectors = facts.vector_unit != "none";
    findings.push_back({"vector unit", vectors ? kOk : kNote, facts.vector_unit,
                        vectors ? "" : "everything runs in scalar code: same bits, slowly"});
    findings.push_back(memory(facts));
    findings.push_back(shared_memory(facts));
    findings.push_back(cache(facts));
    add_packages(findings, facts);
    add_boot(findings, facts);
    return findings;
}

}  // namespace dla::vp
