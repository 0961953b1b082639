// SPDX-License-Identifier: Apache-2.0
// The runtime interface that applications for this accelerator are written against. Names follow
// that interface, not this project's style. spec: linux-interfaces.md section 3.
//
//   nvdla::IRuntime* runtime = nvdla::createRuntime();
//   runtime->load(buffer, 0); runtime->initEMU();
//   runtime->allocateSystemMemory(&handle, desc.bufferSize, &data);
//   runtime->bindInputTensor(0, handle); ... runtime->submit();
//   nvdla::destroyRuntime(runtime);
#pragma once

#include <cstdint>

using NvU8 = std::uint8_t;
using NvU16 = std::uint16_t;
using NvU32 = std::uint32_t;
using NvU64 = std::uint64_t;
using NvS32 = std::int32_t;

enum NvDlaError {
    NvDlaSuccess = 0,
    NvDlaError_BadParameter,
    NvDlaError_InsufficientMemory,
    NvDlaError_NotInitialized,
    NvDlaError_ResourceError,
};

struct NvDlaDims4 {
    NvS32 n;
    NvS32 c;
    NvS32 h;
    NvS32 w;
};

constexpr unsigned NVDLA_TENSOR_NAME_LENGTH = 80;
constexpr unsigned NVDLA_TENSOR_STRIDES = 8;

struct NvDlaTensor {
    char name[NVDLA_TENSOR_NAME_LENGTH + 1];
    NvU64 bufferSize;
    NvDlaDims4 dims;
    NvU8 dataFormat;
    NvU8 dataType;
    NvU8 dataCategory;
    NvU8 pixelFormat;
    NvU8 pixelMapping;
    NvU32 stride[NVDLA_TENSOR_STRIDES];  // bytes: element, line, surface
};

namespace nvdla {

class IRuntime {
  public:
    virtual NvU16 getMaxDevices() = 0;
    virtual NvU16 getNumDevices() = 0;

    virtual bool initEMU() = 0;
    virtual void stopEMU() = 0;

    // The buffer holds a whole loadable; its size is taken from its own tables.
    virtual bool load(NvU8* buffer, int instance) = 0;
    virtual void unload() = 0;

    virtual NvDlaError allocateSystemMemory(void** handle, NvU64 size, void** data) = 0;
    virtual void freeSystemMemory(void* handle, NvU64 size) = 0;

    virtual bool bindInputTensor(int index, void* handle) = 0;
    virtual bool bindOutputTensor(int index, void* handle) = 0;

    virtual NvDlaError getNetworkDataType(NvU8* dataType) const = 0;

    virtual NvDlaError getNumInputTensors(int* count) = 0;
    virtual NvDlaError getInputTensorDesc(int index, NvDlaTensor* desc) = 0;
    virtual NvDlaError setInputTensorDesc(int index, const NvDlaTensor* desc) = 0;

    virtual NvDlaError getNumOutputTensors(int* count) = 0;
    virtual NvDlaError getOutputTensorDesc(int index, NvDlaTensor* desc) = 0;
    virtual NvDlaError setOutputTensorDesc(int index, const NvDlaTensor* desc) = 0;

    virtual bool submit() = 0;

  protected:
    virtual ~IRuntime() = default;
};

// On the operating system's own devices; nullptr where there are none.
IRuntime* createRuntime();
void destroyRuntime(IRuntime* runtime);

}  // namespace nvdla
