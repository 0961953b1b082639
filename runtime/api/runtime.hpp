// SPDX-License-Identifier: Apache-2.0
// nvdla::IRuntime over a Platform. spec: loadable.md section 5, linux-interfaces.md section 3.
//
//   Runtime runtime(platform);
//   if (!runtime.load_bytes(file, 0)) report(runtime.last_error());
//   ... as in nvdla/IRuntime.h, or with sentences: run() in place of submit().
//
// Tasks run one after another in the caller's thread. The platform must outlive the runtime.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/include/nvdla/IRuntime.h"
#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/port/platform.hpp"

namespace dla::runtime {

class Runtime final : public nvdla::IRuntime {
  public:
    explicit Runtime(Platform& platform) : platform_(&platform) {}
    explicit Runtime(std::unique_ptr<Platform> platform)
        : owned_platform_(std::move(platform)), platform_(owned_platform_.get()) {}
    ~Runtime() override;
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;

    NvU16 getMaxDevices() override;
    NvU16 getNumDevices() override;
    bool initEMU() override;
    void stopEMU() override;
    bool load(NvU8* buffer, int instance) override;
    void unload() override;
    NvDlaError allocateSystemMemory(void** handle, NvU64 size, void** data) override;
    void freeSystemMemory(void* handle, NvU64 size) override;
    bool bindInputTensor(int index, void* handle) override;
    bool bindOutputTensor(int index, void* handle) override;
    NvDlaError getNetworkDataType(NvU8* dataType) const override;
    NvDlaError getNumInputTensors(int* count) override;
    NvDlaError getInputTensorDesc(int index, NvDlaTensor* desc) override;
    NvDlaError setInputTensorDesc(int index, const NvDlaTensor* desc) override;
    NvDlaError getNumOutputTensors(int* count) override;
    NvDlaError getOutputTensorDesc(int index, NvDlaTensor* desc) override;
    NvDlaError setOutputTensorDesc(int index, const NvDlaTensor* desc) override;
    bool submit() override;

    // The same with sentences.
    Result<void> load_bytes(std::span<const std::uint8_t> file, int instance);
    Result<void> run();
    const std::string& last_error() const { return last_error_; }

    // The loadable as it runs (generation B); nullptr before load.
    const Loadable* loadable() const { return loadable_ ? &*loadable_ : nullptr; }
    // The tensor as the application last set it.
    const Tensor* tensor(MemoryFlag direction, int index) const;
    // What the CPU sees of a memory of the loadable; empty while it is unbound.
    std::span<std::uint8_t> memory(std::size_t index);

  private:
    // The binding of one memory of the loadable.
    struct Bound {
        MappedMemory memory{};
        bool owned = false;
    };
    // A dependency list that the firmware counts down: to be written again before every run.
    struct Dependencies {
        std::size_t memory;
        std::uint64_t offset;
        Bytes bytes;
    };

    Result<void> check_instance(int instance) const;
    Result<void> allocate_memories();
    void remember_dependencies();
    void restore_dependencies();
    Result<void> run_task(std::size_t task);
    Result<void> run_dla(std::size_t task);
    Result<void> run_emulator(std::size_t task);
    Result<std::size_t> bindable(MemoryFlag direction, int index) const;
    Result<void> bind(MemoryFlag direction, int index, void* handle);
    Result<void> set_tensor(MemoryFlag direction, int index, const NvDlaTensor& desc);
    void relocate(std::size_t memory, const Tensor& tensor);
    NvDlaError get_tensor(MemoryFlag direction, int index, NvDlaTensor* desc);
    bool report(const Result<void>& result);

    std::unique_ptr<Platform> owned_platform_;
    Platform* platform_;
    unsigned device_ = 0;
    bool emulator_ready_ = false;
    std::optional<Loadable> loadable_;
    std::vector<Bound> bound_;  // by memory id
    std::vector<Dependencies> dependencies_;
    std::map<void*, MappedMemory> applications_;  // allocateSystemMemory, by handle
    std::string last_error_;
};

}  // namespace dla::runtime
