// SPDX-License-Identifier: Apache-2.0
// The portability calls below nvdla::IRuntime, for code that is written against them. A session is
// a dla::runtime::Platform; NvDlaInitialize comes with the port that is linked. spec:
// linux-interfaces.md section 3.
#pragma once

#include "runtime/include/nvdla/IRuntime.h"

enum NvDlaHeap { NvDlaHeap_System = 0, NvDlaHeap_SRAM = 1 };

struct NvDlaMemDesc {
    void* handle;
    NvU64 offset;
};

struct NvDlaTask {
    NvU32 task_id;
    NvU32 num_addresses;
    NvDlaMemDesc* address_list;
};

NvDlaError NvDlaInitialize(void** session);
void NvDlaDestroy(void* session);
NvDlaError NvDlaOpen(void* session, NvU32 instance, void** device);
void NvDlaClose(void* session, void* device);
NvDlaError NvDlaSubmit(void* session, void* device, NvDlaTask* tasks, NvU32 num_tasks);
NvDlaError NvDlaAllocMem(void* session, void* device, void** handle, void** data, NvU64 size,
                         NvDlaHeap heap);
NvDlaError NvDlaFreeMem(void* session, void* device, void* handle, void* data, NvU64 size);
