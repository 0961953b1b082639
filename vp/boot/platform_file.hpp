// SPDX-License-Identifier: Apache-2.0
// The platform that `dla-vp boot` starts, read from YAML and changed by --set key=value.
//
//   auto platform = PlatformFile::load("my.yaml");          // or PlatformFile::builtin()
//   if (auto set = platform->set("memory_mib=2048"); !set) report(set.error().message);
#pragma once

#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

struct PlatformFile {
    std::vector<std::string> dlas{"nv_small"};
    std::string cpu = "cortex-a57";
    unsigned cpus = 1;
    unsigned memory_mib = 3072;
    unsigned window = 0x1020'0000;      // registers of the first DLA
    unsigned interrupt = 176;           // its shared peripheral interrupt
    unsigned dma_memory = 0xc000'0000;  // reserved for DMA from here on
    unsigned quantum_us = 0;
    bool posted_writes = false;
    unsigned spin = 2000;
    std::string qemu;  // program that has the device; empty: scripts/qemu-device prepares one
    std::string kernel;
    std::string initramfs;
    std::string append;
    std::string driver = "own";
    std::vector<std::string> qemu_arguments;

    static Result<PlatformFile> load(const std::string& path);
    static Result<PlatformFile> parse(const std::string& yaml, const std::string& where);

    // One value; lists take their items separated by commas.
    Result<void> set(const std::string& assignment);
    // The whole file as YAML, as it now stands.
    std::string print() const;
};

}  // namespace dla::vp
