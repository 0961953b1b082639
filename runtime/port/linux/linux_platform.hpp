// SPDX-License-Identifier: Apache-2.0
// The runtime's Platform over the Linux driver's render nodes. spec: linux-interfaces.md section 1.
//
//   auto platform = open_linux_platform();     // every render node whose driver is "nvdla"
//   Runtime runtime(std::move(*platform));
#pragma once

#include <cstddef>
#include <memory>

#include "runtime/port/platform.hpp"

namespace dla::runtime {

// The system calls used, so that tests can stand in for the kernel. Failures as in Linux: -1 and
// errno (map: nullptr).
class SystemCalls {
  public:
    virtual ~SystemCalls() = default;
    virtual int open_node(unsigned number) = 0;  // /dev/dri/renderD<number>
    virtual int control(int fd, unsigned long request, void* argument) = 0;
    virtual void* map(int fd, std::size_t size, std::uint64_t offset) = 0;
    virtual void unmap(void* data, std::size_t size) = 0;
    virtual void close_fd(int fd) = 0;
};

std::unique_ptr<SystemCalls> linux_system_calls();

Result<std::unique_ptr<Platform>> open_linux_platform(
    std::unique_ptr<SystemCalls> calls = linux_system_calls());

}  // namespace dla::runtime
