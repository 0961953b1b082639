// SPDX-License-Identifier: Apache-2.0
#include "runtime/api/runtime.hpp"

#include <cstddef>

#include "runtime/api/fake_platform.hpp"
#include "runtime/image/half.hpp"
#include "runtime/loadable/descriptor_io.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;
using dla::Result;

namespace {

constexpr const char* kLenet =
    "../shared/loadables/compiled/lenet_nv_full_fp16_fast-math_nchw/"
    "lenet_nv_full_fp16_fast-math_nchw.nvdla";

// The public loadable, or empty and a word about it.
Bytes lenet() {
    if (!std::filesystem::exists(kLenet)) {
        WARN("skipped: " << kLenet << " not present");
        return {};
    }
    return file_bytes(kLenet);
}

struct Bound {
    void* handle = nullptr;
    std::uint8_t* data = nullptr;
};

Bound allocate(Runtime& runtime, NvU64 size) {
    Bound bound;
    void* data = nullptr;
    REQUIRE(runtime.allocateSystemMemory(&bound.handle, size, &data) == NvDlaSuccess);
    bound.data = static_cast<std::uint8_t*>(data);
    return bound;
}

// The function at a place of the object's table, as a program compiled elsewhere calls it.
template <class Result, class... Arguments>
Result call(void* object, std::size_t place, Arguments... arguments) {
    void* const* table = *static_cast<void***>(object);
    return reinterpret_cast<Result (*)(void*, Arguments...)>(table[place])(object, arguments...);
}

}  // namespace

TEST_CASE("a program compiled against the published interface finds every function and number") {
    static_assert(sizeof(NvDlaError) == 4);
    static_assert(NvDlaSuccess == 0 && NvDlaError_NotInitialized == 3);
    static_assert(NvDlaError_BadParameter == 4 && NvDlaError_InsufficientMemory == 6);
    static_assert(NvDlaError_ResourceError == 15 && NvDlaError_DeviceNotFound == 21);
    static_assert(sizeof(nvdla::IRuntime::NvDlaTensor) == 152);
    static_assert(offsetof(NvDlaTensor, bufferSize) == 88 && offsetof(NvDlaTensor, stride) == 120);
    static_assert(offsetof(NvDlaTensor, dataFormat) == 112);
    const auto samples = file_bytes("loadables/pdp_max_nv_small/pdp_max_nv_small.nvdla");
    FakePlatform platform;
    Runtime runtime(platform);
    void* object = static_cast<nvdla::IRuntime*>(&runtime);
    CHECK(call<NvU16>(object, 0) == runtime.getMaxDevices());
    CHECK(call<NvU16>(object, 1) == runtime.getNumDevices());
    CHECK(call<bool>(object, 2));  // initEMU
    CHECK(call<bool>(object, 4, samples.data(), 0));
    void* handle = nullptr;
    void* data = nullptr;
    CHECK(call<NvDlaError>(object, 6, &handle, NvU64{4096}, &data) == NvDlaSuccess);
    CHECK(call<bool>(object, 8, 0, handle));  // bindInputTensor
    CHECK(call<bool>(object, 9, 0, handle));
    NvU8 type = 0;
    CHECK(call<NvDlaError>(object, 10, &type) == NvDlaSuccess);
    CHECK(type == TENSOR_DATA_TYPE_INT8);
    NvDlaTensor desc{};
    for (const std::size_t first : {std::size_t{11}, std::size_t{14}}) {
        int count = 0;
        CHECK(call<NvDlaError>(object, first, &count) == NvDlaSuccess);
        CHECK(count == 1);
        CHECK(call<NvDlaError>(object, first + 1, 0, &desc) == NvDlaSuccess);
        CHECK(std::string(desc.name) == (first == 11 ? "data" : "result"));
        CHECK(call<NvDlaError>(object, first + 2, 1, &desc) == NvDlaError_BadParameter);
    }
    CHECK(call<bool>(object, 17));  // submit
    CHECK(platform.submits == 1);
    call<void>(object, 7, handle, NvU64{4096});
    call<void>(object, 5);  // unload
    CHECK(platform.live_memories() == 0);
    call<void>(object, 3);  // stopEMU
}

TEST_CASE("without a loadable every call says so") {
    FakePlatform platform;
    Runtime runtime(platform);
    int count = 0;
    NvDlaTensor desc{};
    CHECK(runtime.getNumInputTensors(&count) == NvDlaError_NotInitialized);
    CHECK(runtime.getInputTensorDesc(0, &desc) == NvDlaError_NotInitialized);
    CHECK_FALSE(runtime.bindInputTensor(0, nullptr));
    CHECK_FALSE(runtime.submit());
    CHECK(runtime.last_error() == "no loadable is loaded; load() comes first");
}

TEST_CASE("loading allocates what is not bindable, unloading gives it back") {
    const Bytes file = lenet();
    if (file.empty()) return;
    FakePlatform platform;
    Runtime runtime(platform);
    REQUIRE(runtime.load(const_cast<NvU8*>(file.data()), 0));
    CHECK(platform.live_memories() == runtime.loadable()->memories.size() - 2);
    runtime.unload();
    CHECK(platform.live_memories() == 0);
    CHECK_FALSE(runtime.load_bytes(file, 1).has_value());
    platform.limit = 1000;
    const auto loaded = runtime.load_bytes(file, 0);
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().message.ends_with("bytes: out of memory"));
    CHECK(platform.live_memories() == 0);
}

TEST_CASE("tensor descriptions are those of the loadable") {
    const Bytes file = lenet();
    if (file.empty()) return;
    FakePlatform platform;
    Runtime runtime(platform);
    REQUIRE(runtime.load_bytes(file, 0).has_value());
    NvDlaTensor desc{};
    REQUIRE(runtime.getInputTensorDesc(0, &desc) == NvDlaSuccess);
    CHECK(std::string(desc.name) == "data");
    CHECK(desc.bufferSize == 25088);
    CHECK(desc.dims.w == 28);
    CHECK(desc.stride[1] == 896);
    CHECK(runtime.getInputTensorDesc(1, &desc) == NvDlaError_BadParameter);
    CHECK(runtime.last_error().empty());
    NvU8 type = 0;
    CHECK(runtime.getNetworkDataType(&type) == NvDlaSuccess);
    CHECK(type == static_cast<NvU8>(DataType::kHalf));
    int count = 0;
    CHECK(runtime.getNumOutputTensors(&count) == NvDlaSuccess);
    CHECK(count == 1);
}

TEST_CASE("a run restores the dependency lists, runs the DLA task, then softmax on the CPU") {
    const Bytes file = lenet();
    if (file.empty()) return;
    unsigned dependency_sum = 0;
    FakePlatform platform([&](const std::vector<std::span<std::uint8_t>>& memory) {
        const auto task =
            decode_dla_task([&](std::size_t i) { return std::span<const std::uint8_t>(memory[i]); },
                            memory.size(), Generation::kB);
        REQUIRE(task.has_value());
        unsigned sum = 0;
        for (const Operation& op : task->operations)
            sum += op.common.dependency_count;
        CHECK((dependency_sum == 0 || sum == dependency_sum));
        dependency_sum = sum;
        // The firmware counts down in memory.
        auto list = memory[static_cast<std::size_t>(task->network.dependency_graph_index)];
        for (std::size_t i = 0; i < task->operations.size(); ++i)
            list[i * 36 + 4] = 0;
        return Result<void>{};
    });
    Runtime runtime(platform);
    REQUIRE(runtime.load_bytes(file, 0).has_value());
    const Bound in = allocate(runtime, 25088);
    const Bound out = allocate(runtime, 32);
    CHECK_FALSE(runtime.submit());
    CHECK(runtime.last_error() == "task 0: input tensor 0 is not bound");
    REQUIRE(runtime.bindInputTensor(0, in.handle));
    REQUIRE(runtime.bindOutputTensor(0, out.handle));
    CHECK_FALSE(runtime.submit());
    CHECK(
        runtime.last_error() ==
        "task 1: the network has a task for the CPU's emulator, which initEMU() must start first");
    REQUIRE(runtime.initEMU());
    REQUIRE(runtime.submit());
    CHECK(dependency_sum > 0);
    // All scores are equal, so every class gets a tenth.
    for (std::size_t i = 0; i < 10; ++i) {
        const auto bits = static_cast<std::uint16_t>(out.data[2 * i] | out.data[2 * i + 1] << 8);
        CHECK(bits == float_to_half(0.1f));
    }
}

TEST_CASE("binding needs a handle of this runtime that is large enough") {
    const Bytes file = lenet();
    if (file.empty()) return;
    FakePlatform platform;
    Runtime runtime(platform);
    REQUIRE(runtime.load_bytes(file, 0).has_value());
    CHECK_FALSE(runtime.bindInputTensor(0, &platform));
    CHECK(runtime.last_error() == "input tensor 0: the handle is not from allocateSystemMemory");
    const Bound small = allocate(runtime, 100);
    CHECK_FALSE(runtime.bindInputTensor(0, small.handle));
    CHECK(runtime.last_error() == "input tensor 0 needs 25088 bytes, the memory has 100");
    CHECK_FALSE(runtime.bindInputTensor(2, small.handle));
    CHECK(runtime.last_error() == "input tensor 2 was asked for, the loadable has 1");
    runtime.freeSystemMemory(small.handle, 100);
}

TEST_CASE("new strides of a bound tensor are written into the descriptors") {
    const Bytes file = lenet();
    if (file.empty()) return;
    FakePlatform platform;
    Runtime runtime(platform);
    REQUIRE(runtime.load_bytes(file, 0).has_value());
    NvDlaTensor desc{};
    REQUIRE(runtime.getInputTensorDesc(0, &desc) == NvDlaSuccess);
    desc.stride[1] = 1024;
    desc.stride[2] = 1024 * 28;
    CHECK(runtime.setInputTensorDesc(0, &desc) == NvDlaError_BadParameter);  // size too small
    desc.bufferSize = 1024 * 28;
    REQUIRE(runtime.setInputTensorDesc(0, &desc) == NvDlaSuccess);
    const Relocation& first = runtime.loadable()->relocations.at(0);
    CHECK(load_number<std::uint32_t>(runtime.memory(first.write_id), first.offset) == 1024);
    CHECK(load_number<std::uint32_t>(runtime.memory(first.write_id), 116) == 1024);
    CHECK(load_number<std::uint32_t>(runtime.memory(first.write_id), 120) == 1024 * 28);
    desc.dims.w = 27;
    CHECK(runtime.setInputTensorDesc(0, &desc) == NvDlaError_BadParameter);
    CHECK(runtime.last_error() == "input tensor 0: its dimensions cannot be changed");
}

TEST_CASE("old regression loadables run with their emulator tasks") {
    const char* path = "../shared/loadables/kmd/NN_L0_0/NN_L0_0_fbuf";
    if (!std::filesystem::exists(path)) {
        WARN("skipped: " << path << " not present");
        return;
    }
    FakePlatform platform;
    Runtime runtime(platform);
    REQUIRE(runtime.load_bytes(file_bytes(path), 0).has_value());
    runtime.initEMU();
    const Bound in = allocate(runtime, 25088);
    const Bound out = allocate(runtime, 32);
    runtime.bindInputTensor(0, in.handle);
    runtime.bindOutputTensor(0, out.handle);
    const std::uint16_t one = float_to_half(1.0f);
    in.data[32] = static_cast<std::uint8_t>(one);
    in.data[33] = static_cast<std::uint8_t>(one >> 8);
    REQUIRE((runtime.submit() ? "" : runtime.last_error()) == "");
    CHECK(platform.submits == 1);
    // The power operation copies the picture into the working buffer, memory 1.
    CHECK(load_number<std::uint16_t>(runtime.memory(1), 32) == one);
    CHECK(load_number<std::uint16_t>(std::span(out.data, 32), 0) == float_to_half(0.1f));
}
