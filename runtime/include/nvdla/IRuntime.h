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

// Numbers and names are part of the binary interface.
enum NvDlaError {
    NvDlaError_Success = 0,
    NvDlaError_NotImplemented = 1,
    NvDlaError_NotSupported = 2,
    NvDlaError_NotInitialized = 3,
    NvDlaError_BadParameter = 4,
    NvDlaError_Timeout = 5,
    NvDlaError_InsufficientMemory = 6,
    NvDlaError_ReadOnlyAttribute = 7,
    NvDlaError_InvalidState = 8,
    NvDlaError_InvalidAddress = 9,
    NvDlaError_InvalidSize = 10,
    NvDlaError_BadValue = 11,
    NvDlaError_AlreadyAllocated = 13,
    NvDlaError_Busy = 14,
    NvDlaError_ResourceError = 15,
    NvDlaError_CountMismatch = 16,
    NvDlaError_OverFlow = 17,
    NvDlaError_Disconnected = 18,
    NvDlaError_FileNotFound = 19,
    NvDlaError_TestApplicationFailed = 20,
    NvDlaError_DeviceNotFound = 21,
    NvDlaSuccess = NvDlaError_Success,
    NvDlaError_Force32 = 0x7fffffff,
};

struct NvDlaDims4 {
    NvS32 n;
    NvS32 c;
    NvS32 h;
    NvS32 w;
};

// Values of the tensor fields below; pixel formats 0..35 are those of CDMA (data-formats.md).
constexpr NvU8 TENSOR_DATA_FORMAT_UNKNOWN = 0;
constexpr NvU8 TENSOR_DATA_FORMAT_NCHW = 1;
constexpr NvU8 TENSOR_DATA_FORMAT_NHWC = 2;
constexpr NvU8 TENSOR_DATA_TYPE_UNKNOWN = 0;
constexpr NvU8 TENSOR_DATA_TYPE_FLOAT = 1;
constexpr NvU8 TENSOR_DATA_TYPE_HALF = 2;
constexpr NvU8 TENSOR_DATA_TYPE_INT16 = 3;
constexpr NvU8 TENSOR_DATA_TYPE_INT8 = 4;
constexpr NvU8 TENSOR_PIXEL_FORMAT_R8 = 0;
constexpr NvU8 TENSOR_PIXEL_FORMAT_A16B16G16R16_F = 8;
constexpr NvU8 TENSOR_PIXEL_FORMAT_A8B8G8R8 = 12;
constexpr NvU8 TENSOR_PIXEL_FORMAT_FEATURE = 36;
constexpr NvU8 TENSOR_PIXEL_FORMAT_FEATURE_X8 = 37;
constexpr NvU8 TENSOR_PIXEL_MAPPING_PITCH_LINEAR = 0;

constexpr unsigned NVDLA_RUNTIME_TENSOR_DESC_NAME_MAX_LEN = 80;
constexpr unsigned NVDLA_RUNTIME_TENSOR_DESC_NUM_STRIDES = 8;

struct NvDlaTensor {
    char name[NVDLA_RUNTIME_TENSOR_DESC_NAME_MAX_LEN + 1];
    NvU64 bufferSize;
    NvDlaDims4 dims;
    NvU8 dataFormat;
    NvU8 dataType;
    NvU8 dataCategory;
    NvU8 pixelFormat;
    NvU8 pixelMapping;
    NvU32 stride[NVDLA_RUNTIME_TENSOR_DESC_NUM_STRIDES];  // bytes: element, line, surface
};

namespace nvdla {

// The order of these functions is part of the binary interface.
class IRuntime {
  public:
    using NvDlaTensor = ::NvDlaTensor;

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
