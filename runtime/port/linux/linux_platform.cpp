// SPDX-License-Identifier: Apache-2.0
#include "runtime/port/linux/linux_platform.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "runtime/include/nvdla/port.h"
#include "runtime/port/linux/drm_abi.hpp"

namespace dla::runtime {
namespace {

constexpr unsigned kFirstRenderNode = 128;
constexpr unsigned kRenderNodes = 64;
constexpr std::uint64_t kPageBytes = 4096;

class RealCalls final : public SystemCalls {
  public:
    int open_node(unsigned number) override {
        return ::open(fmt::format("/dev/dri/renderD{}", number).c_str(), O_RDWR | O_CLOEXEC);
    }
    int control(int fd, unsigned long request, void* argument) override {
        int result = -1;
        do {
            result = ::ioctl(fd, request, argument);
        } while (result == -1 && errno == EINTR);
        return result;
    }
    void* map(int fd, std::size_t size, std::uint64_t offset) override {
        void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                            static_cast<off_t>(offset));
        return data == MAP_FAILED ? nullptr : data;
    }
    void unmap(void* data, std::size_t size) override { ::munmap(data, size); }
    void close_fd(int fd) override { ::close(fd); }
};

// One piece of DMA memory; its address is the handle the runtime sees.
struct Buffer {
    std::uint32_t gem = 0;
    int prime_fd = -1;
};

class LinuxPlatform final : public Platform {
  public:
    LinuxPlatform(std::unique_ptr<SystemCalls> calls, std::vector<int> nodes)
        : calls_(std::move(calls)), nodes_(std::move(nodes)) {}
    ~LinuxPlatform() override {
        for (const int node : nodes_)
            calls_->close_fd(node);
    }

    unsigned num_devices() const override { return static_cast<unsigned>(nodes_.size()); }

    Result<MappedMemory> allocate(unsigned device, std::uint64_t size,
                                  MemoryDomain domain) override;
    void free(unsigned device, const MappedMemory& memory) override;
    Result<void> submit(unsigned device, std::span<const TaskAddress> addresses) override;

  private:
    // Takes back what allocate has made so far.
    void release(int node, Buffer* buffer) {
        if (buffer->prime_fd >= 0) calls_->close_fd(buffer->prime_fd);
        drm::GemDestroyArgs destroy{buffer->gem};
        calls_->control(node, drm::kGemDestroy, &destroy);
        delete buffer;
    }

    std::unique_ptr<SystemCalls> calls_;
    std::vector<int> nodes_;
};

tl::unexpected<Error> system_failure(const char* what) {
    return fail(fmt::format("{}: {}", what, std::strerror(errno)));
}

Result<MappedMemory> LinuxPlatform::allocate(unsigned device, std::uint64_t size,
                                             MemoryDomain domain) {
    if (domain == MemoryDomain::kSram)
        return fail("the Linux driver allocates no SRAM; the network must do without CVSRAM");
    const int node = nodes_[device];
    const std::uint64_t bytes =
        (std::max<std::uint64_t>(size, 1) + kPageBytes - 1) / kPageBytes * kPageBytes;
    drm::GemCreateArgs create{0, 0, bytes};
    if (calls_->control(node, drm::kGemCreate, &create) != 0) return system_failure("GEM_CREATE");
    auto* buffer = new Buffer{.gem = create.handle};
    drm::PrimeArgs prime{create.handle, drm::kPrimeFlags, -1};
    if (calls_->control(node, drm::kPrimeHandleToFd, &prime) != 0) {
        const auto error = system_failure("PRIME_HANDLE_TO_FD");
        release(node, buffer);
        return error;
    }
    buffer->prime_fd = prime.fd;
    drm::GemMapOffsetArgs where{create.handle, 0, 0};
    void* data = nullptr;
    if (calls_->control(node, drm::kGemMmap, &where) == 0) {
        data = calls_->map(node, bytes, where.offset);
    }
    if (!data) {
        const auto error = system_failure("mapping DMA memory");
        release(node, buffer);
        return error;
    }
    std::memset(data, 0, bytes);
    return MappedMemory{buffer, static_cast<std::uint8_t*>(data), bytes};
}

void LinuxPlatform::free(unsigned device, const MappedMemory& memory) {
    calls_->unmap(memory.data, memory.size);
    release(nodes_[device], static_cast<Buffer*>(memory.handle));
}

Result<void> LinuxPlatform::submit(unsigned device, std::span<const TaskAddress> addresses) {
    std::vector<drm::MemHandle> list;
    for (const TaskAddress& address : addresses) {
        const auto* buffer = static_cast<const Buffer*>(address.handle);
        list.push_back({static_cast<std::uint32_t>(buffer->prime_fd), 0, address.offset});
    }
    drm::SubmitTask task{static_cast<std::uint32_t>(list.size()), drm::kNoTimeout,
                         reinterpret_cast<std::uintptr_t>(list.data())};
    drm::SubmitArgs submit{reinterpret_cast<std::uintptr_t>(&task), 1, 0, 0};
    if (calls_->control(nodes_[device], drm::kSubmit, &submit) != 0)
        return system_failure("SUBMIT");
    return {};
}

bool is_dla(SystemCalls& calls, int node) {
    char name[32] = {};
    drm::VersionArgs version{};
    version.name = name;
    version.name_length = sizeof(name) - 1;
    return calls.control(node, drm::kVersion, &version) == 0 && std::string_view(name) == "nvdla";
}

}  // namespace

std::unique_ptr<SystemCalls> linux_system_calls() {
    return std::make_unique<RealCalls>();
}

Result<std::unique_ptr<Platform>> open_linux_platform(std::unique_ptr<SystemCalls> calls) {
    std::vector<int> nodes;
    for (unsigned i = 0; i < kRenderNodes; ++i) {
        const int node = calls->open_node(kFirstRenderNode + i);
        if (node < 0) continue;
        if (is_dla(*calls, node)) {
            nodes.push_back(node);
        } else {
            calls->close_fd(node);
        }
    }
    if (nodes.empty())
        return fail(
            "no render node in /dev/dri belongs to the nvdla driver; is its module loaded (lsmod) "
            "and "
            "may this user open the node?");
    return std::make_unique<LinuxPlatform>(std::move(calls), std::move(nodes));
}

}  // namespace dla::runtime

NvDlaError NvDlaInitialize(void** session) {
    if (!session) return NvDlaError_BadParameter;
    auto platform = dla::runtime::open_linux_platform();
    if (!platform) return NvDlaError_ResourceError;
    *session = platform->release();
    return NvDlaSuccess;
}
