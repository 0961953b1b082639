// SPDX-License-Identifier: Apache-2.0
#include "runtime/include/nvdla/port.h"

#include <vector>

#include "runtime/port/platform.hpp"

namespace {

using dla::runtime::MappedMemory;
using dla::runtime::MemoryDomain;
using dla::runtime::Platform;
using dla::runtime::TaskAddress;

Platform* platform_of(void* session) {
    return static_cast<Platform*>(session);
}

struct Device {
    unsigned instance;
};

unsigned instance_of(void* device) {
    return static_cast<Device*>(device)->instance;
}

}  // namespace

void NvDlaDestroy(void* session) {
    delete platform_of(session);
}

NvDlaError NvDlaOpen(void* session, NvU32 instance, void** device) {
    if (!session || !device) return NvDlaError_BadParameter;
    if (instance >= platform_of(session)->num_devices()) return NvDlaError_ResourceError;
    *device = new Device{instance};
    return NvDlaSuccess;
}

void NvDlaClose(void*, void* device) {
    delete static_cast<Device*>(device);
}

NvDlaError NvDlaSubmit(void* session, void* device, NvDlaTask* tasks, NvU32 num_tasks) {
    if (!session || !device || (!tasks && num_tasks > 0)) return NvDlaError_BadParameter;
    for (NvU32 i = 0; i < num_tasks; ++i) {
        std::vector<TaskAddress> addresses;
        for (NvU32 k = 0; k < tasks[i].num_addresses; ++k) {
            addresses.push_back({tasks[i].address_list[k].handle, tasks[i].address_list[k].offset});
        }
        if (!platform_of(session)->submit(instance_of(device), addresses)) {
            return NvDlaError_ResourceError;
        }
    }
    return NvDlaSuccess;
}

NvDlaError NvDlaAllocMem(void* session, void* device, void** handle, void** data, NvU64 size,
                         NvDlaHeap heap) {
    if (!session || !device || !handle || !data) return NvDlaError_BadParameter;
    const auto domain = heap == NvDlaHeap_SRAM ? MemoryDomain::kSram : MemoryDomain::kSystem;
    const auto memory = platform_of(session)->allocate(instance_of(device), size, domain);
    if (!memory) return NvDlaError_InsufficientMemory;
    *handle = memory->handle;
    *data = memory->data;
    return NvDlaSuccess;
}

NvDlaError NvDlaFreeMem(void* session, void* device, void* handle, void* data, NvU64 size) {
    if (!session || !device || !handle) return NvDlaError_BadParameter;
    platform_of(session)->free(
        instance_of(device),
        {.handle = handle, .data = static_cast<std::uint8_t*>(data), .size = size});
    return NvDlaSuccess;
}
