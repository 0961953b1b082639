// SPDX-License-Identifier: Apache-2.0
// Files for the guest in front of an initramfs, in the kernel's archive format (cpio "newc").
//
//   GuestArchive archive(256 << 20);
//   auto added = archive.add_folder("share", "mnt");
//   auto written = archive.write("initramfs", "/.../initramfs.gz");
//
// The same content makes the same bytes: names are sorted; times, owners and inodes are left out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "dla_tlm/common/result.hpp"

namespace dla::vp {

class GuestArchive {
  public:
    // most_bytes: of all files together; more is refused.
    explicit GuestArchive(std::uint64_t most_bytes) : most_bytes_(most_bytes) {}

    Result<void> add_file(const std::filesystem::path& file, const std::string& name);
    // Folders, files and symbolic links below it; what is neither is left out.
    Result<void> add_folder(const std::filesystem::path& folder, const std::string& name);
    // The archive and the initramfs behind it; an empty name: none.
    Result<void> write(const std::string& path, const std::string& initramfs) const;

  private:
    void add_parents(const std::filesystem::path& name);
    Result<void> add(const std::filesystem::path& source, const std::string& name);

    std::uint64_t most_bytes_;
    std::uint64_t bytes_ = 0;
    std::map<std::string, std::filesystem::path> sources_;  // by name; empty: a folder of ours
};

}  // namespace dla::vp
