// SPDX-License-Identifier: Apache-2.0
#include "runtime/port/linux/linux_platform.hpp"

#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

#include "runtime/include/nvdla/port.h"
#include "runtime/port/linux/drm_abi.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;

namespace {

// What the kernel saw, readable after the platform is gone.
struct KernelLog {
    std::set<int> open_fds;
    std::set<std::uint32_t> gems;
    std::vector<std::vector<drm::MemHandle>> submits;
    std::size_t mapped = 0;
    unsigned long failing = 0;  // this request fails
};

class FakeKernel final : public SystemCalls {
  public:
    explicit FakeKernel(KernelLog& log) : log_(log) {}

    int open_node(unsigned number) override {
        if (number != 128 && number != 130) return -1;  // 128 is some other driver's
        const int fd = static_cast<int>(number);
        log_.open_fds.insert(fd);
        return fd;
    }
    int control(int fd, unsigned long request, void* argument) override {
        if (request == log_.failing) {
            errno = ENOMEM;
            return -1;
        }
        switch (request) {
            case drm::kVersion:
                std::strcpy(static_cast<drm::VersionArgs*>(argument)->name,
                            fd == 130 ? "nvdla" : "gpu");
                return 0;
            case drm::kGemCreate: {
                auto* create = static_cast<drm::GemCreateArgs*>(argument);
                CHECK(create->size % 4096 == 0);
                create->handle = ++last_gem_;
                log_.gems.insert(create->handle);
                return 0;
            }
            case drm::kPrimeHandleToFd: {
                auto* prime = static_cast<drm::PrimeArgs*>(argument);
                CHECK(prime->flags == drm::kPrimeFlags);
                prime->fd = static_cast<int>(1000 + prime->handle);
                log_.open_fds.insert(prime->fd);
                return 0;
            }
            case drm::kGemMmap: {
                auto* where = static_cast<drm::GemMapOffsetArgs*>(argument);
                where->offset = 0x100000ull * where->handle;
                return 0;
            }
            case drm::kGemDestroy:
                log_.gems.erase(static_cast<drm::GemDestroyArgs*>(argument)->handle);
                return 0;
            case drm::kSubmit:
                remember(*static_cast<drm::SubmitArgs*>(argument));
                return 0;
            default:
                return -1;
        }
    }
    void* map(int, std::size_t size, std::uint64_t offset) override {
        CHECK(offset >= 0x100000);
        log_.mapped += size;
        return new std::uint8_t[size];
    }
    void unmap(void* data, std::size_t size) override {
        log_.mapped -= size;
        delete[] static_cast<std::uint8_t*>(data);
    }
    void close_fd(int fd) override { log_.open_fds.erase(fd); }

  private:
    void remember(const drm::SubmitArgs& submit) {
        CHECK(submit.num_tasks == 1);
        const auto* task = reinterpret_cast<const drm::SubmitTask*>(submit.tasks);
        CHECK(task->timeout == drm::kNoTimeout);
        const auto* list = reinterpret_cast<const drm::MemHandle*>(task->address_list);
        log_.submits.emplace_back(list, list + task->num_addresses);
    }

    KernelLog& log_;
    std::uint32_t last_gem_ = 0;
};

std::unique_ptr<Platform> platform_on(KernelLog& log) {
    auto platform = open_linux_platform(std::make_unique<FakeKernel>(log));
    REQUIRE(platform.has_value());
    return std::move(*platform);
}

}  // namespace

TEST_CASE("only render nodes of the nvdla driver are devices") {
    KernelLog log;
    const auto platform = platform_on(log);
    CHECK(platform->num_devices() == 1);
    CHECK(log.open_fds == std::set<int>{130});
}

TEST_CASE("memory is a whole number of zeroed pages and comes back entirely") {
    KernelLog log;
    {
        const auto platform = platform_on(log);
        const auto memory = platform->allocate(0, 5000, MemoryDomain::kSystem);
        REQUIRE(memory.has_value());
        CHECK(memory->size == 8192);
        CHECK(memory->data[8191] == 0);
        platform->free(0, *memory);
        CHECK(log.gems.empty());
        CHECK(log.mapped == 0);
    }
    CHECK(log.open_fds.empty());
}

TEST_CASE("a submit names PRIME descriptors and offsets in order") {
    KernelLog log;
    const auto platform = platform_on(log);
    const auto a = platform->allocate(0, 1, MemoryDomain::kSystem);
    const auto b = platform->allocate(0, 1, MemoryDomain::kSystem);
    const TaskAddress addresses[] = {{b->handle, 64}, {a->handle, 0}};
    REQUIRE(platform->submit(0, addresses).has_value());
    REQUIRE(log.submits.size() == 1);
    CHECK(log.submits[0][0].handle == 1002);
    CHECK(log.submits[0][0].offset == 64);
    CHECK(log.submits[0][1].handle == 1001);
    platform->free(0, *a);
    platform->free(0, *b);
}

TEST_CASE("a failing call is told in words and leaves nothing behind") {
    KernelLog log;
    const auto platform = platform_on(log);
    for (const unsigned long request : {drm::kGemCreate, drm::kPrimeHandleToFd, drm::kGemMmap}) {
        log.failing = request;
        const auto memory = platform->allocate(0, 100, MemoryDomain::kSystem);
        REQUIRE_FALSE(memory.has_value());
        CHECK(memory.error().message.ends_with("Cannot allocate memory"));
        CHECK(log.gems.empty());
        CHECK(log.open_fds == std::set<int>{130});
    }
}

TEST_CASE("the portability calls work on a session") {
    KernelLog log;
    void* session = platform_on(log).release();
    void* device = nullptr;
    CHECK(NvDlaOpen(session, 1, &device) == NvDlaError_ResourceError);
    REQUIRE(NvDlaOpen(session, 0, &device) == NvDlaSuccess);
    void* handle = nullptr;
    void* data = nullptr;
    REQUIRE(NvDlaAllocMem(session, device, &handle, &data, 4096, NvDlaHeap_System) == NvDlaSuccess);
    NvDlaMemDesc address{handle, 8};
    NvDlaTask task{0, 1, &address};
    CHECK(NvDlaSubmit(session, device, &task, 1) == NvDlaSuccess);
    CHECK(log.submits.at(0).at(0).offset == 8);
    CHECK(NvDlaFreeMem(session, device, handle, data, 4096) == NvDlaSuccess);
    CHECK(NvDlaAllocMem(session, device, &handle, &data, 4096, NvDlaHeap_SRAM) ==
          NvDlaError_InsufficientMemory);
    NvDlaClose(session, device);
    NvDlaDestroy(session);
    CHECK(log.open_fds.empty());
}
