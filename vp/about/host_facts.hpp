// SPDX-License-Identifier: Apache-2.0
// What this machine has of the things dla-vp works with.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "vp/about/package_list.hpp"

namespace dla::vp {

struct HostFacts {
    std::string root;          // of scripts/
    bool source_tree = false;  // else an installation
    std::string package_list_error;
    std::vector<PackageSection> sections;
    std::optional<std::set<std::string>> installed;  // packages; absent without dpkg
    std::string qemu;                                // version, empty: not installed
    std::string qemu_device;                         // made for that version, empty: not yet
    std::string guest;                               // folder of the kernel, empty: not yet
    unsigned cores = 0;
    std::string vector_unit;                            // of this CPU, as the model uses it
    std::optional<std::uint64_t> memory_available_mib;  // absent: nobody tells
    std::optional<std::uint64_t> shared_memory_mib;     // free in /dev/shm; absent: not usable
    bool memory_files = false;                          // memfd_create
    std::string cache;
    std::optional<std::uint64_t> cache_mib;  // free there; absent: not writable
};

HostFacts gather_host_facts();

}  // namespace dla::vp
