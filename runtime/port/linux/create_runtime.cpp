// SPDX-License-Identifier: Apache-2.0
#include "runtime/api/runtime.hpp"
#include "runtime/include/nvdla/port.h"

nvdla::IRuntime* nvdla::createRuntime() {
    void* session = nullptr;
    if (NvDlaInitialize(&session) != NvDlaSuccess) return nullptr;
    return new dla::runtime::Runtime(
        std::unique_ptr<dla::runtime::Platform>(static_cast<dla::runtime::Platform*>(session)));
}
