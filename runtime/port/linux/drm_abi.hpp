// SPDX-License-Identifier: Apache-2.0
// The Linux driver's user interface (spec: linux-interfaces.md section 1), and the two generic DRM
// calls it is used with, so that no DRM header is needed.
#pragma once

#include <fcntl.h>
#include <sys/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace dla::runtime::drm {

struct MemHandle {
    std::uint32_t handle;  // a PRIME file descriptor, not a GEM handle
    std::uint32_t reserved;
    std::uint64_t offset;
};

struct SubmitTask {
    std::uint32_t num_addresses;
    std::uint32_t timeout;
    std::uint64_t address_list;  // user pointer to MemHandle
};

struct SubmitArgs {
    std::uint64_t tasks;  // user pointer to SubmitTask
    std::uint16_t num_tasks;
    std::uint16_t flags;
    std::uint32_t version;
};

struct GemCreateArgs {
    std::uint32_t handle;
    std::uint32_t flags;
    std::uint64_t size;
};

struct GemMapOffsetArgs {
    std::uint32_t handle;
    std::uint32_t reserved;
    std::uint64_t offset;
};

struct GemDestroyArgs {
    std::uint32_t handle;
};

struct VersionArgs {
    int major;
    int minor;
    int patch_level;
    std::size_t name_length;
    char* name;
    std::size_t date_length;
    char* date;
    std::size_t description_length;
    char* description;
};

struct PrimeArgs {
    std::uint32_t handle;
    std::uint32_t flags;
    std::int32_t fd;  // out
};

inline constexpr std::uint32_t kPrimeFlags = O_CLOEXEC;
inline constexpr unsigned long kVersion = _IOWR('d', 0x00, VersionArgs);
inline constexpr unsigned long kPrimeHandleToFd = _IOWR('d', 0x2d, PrimeArgs);
inline constexpr std::uint32_t kNoTimeout = 0xffffffff;
inline constexpr unsigned long kSubmit = _IOWR('d', 0x40, SubmitArgs);
inline constexpr unsigned long kGemCreate = _IOWR('d', 0x41, GemCreateArgs);
inline constexpr unsigned long kGemMmap = _IOWR('d', 0x42, GemMapOffsetArgs);
inline constexpr unsigned long kGemDestroy = _IOWR('d', 0x43, GemDestroyArgs);

static_assert(kSubmit == 0xc0106440 && kGemCreate == 0xc0106441);
static_assert(kGemMmap == 0xc0106442 && kGemDestroy == 0xc0046443);

}  // namespace dla::runtime::drm
