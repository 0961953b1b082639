// SPDX-License-Identifier: Apache-2.0
// A loadable in plain types: what a compiled network needs to run. spec: loadable.md.
//
//   auto loadable = read_loadable_file("lenet.nvdla");   // checked from the bytes to the meaning
//   if (!loadable) report(loadable.error().message);     // names the table and the field
//   auto bytes = write_loadable(*loadable);
//
// Ids equal positions, so the lists below carry none. Descriptors inside blobs: descriptors.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/result.hpp"

namespace dla::runtime {

using Bytes = std::vector<std::uint8_t>;

struct Version {
    std::uint8_t major = 0;
    std::uint8_t minor = 0;
    std::uint8_t sub_minor = 0;
    bool operator==(const Version&) const = default;
};
std::string to_string(const Version& version);

inline constexpr Version kLoadableVersion{0, 7, 0};
inline constexpr Version kDescriptorVersion{0, 12, 3};  // what the writer puts into DLA blobs
inline constexpr Version kEmulatorVersion{0, 0, 1};

enum class Interface : std::uint32_t { kNone = 0, kDla = 1, kEmulator = 2 };

// What a descriptor blob holds.
enum SubInterface : std::uint32_t {
    kSubNone = 0,
    kSubNetwork = 1,
    kSubDependencies = 2,
    kSubOperations = 3,
    kSubSurfaces = 4,
    kSubLuts = 5,
};

enum class MemoryDomain : std::uint8_t { kSystem = 0, kSram = 1 };

enum MemoryFlag : std::uint16_t {
    kMemoryAlloc = 1,
    kMemorySet = 2,
    kMemoryInput = 4,
    kMemoryOutput = 8,
    kMemoryDebug = 16,
};

enum class DataFormat : std::uint8_t { kUnknown = 0, kNchw = 1, kNhwc = 2, kNcxhwx = 3 };
enum class DataType : std::uint8_t {
    kUnknown = 0,
    kFloat = 1,
    kHalf = 2,
    kInt16 = 3,
    kInt8 = 4,
    kUint8 = 5,
    kUint16 = 6,
};
enum class DataCategory : std::uint8_t {
    kImage = 0,
    kWeight = 1,
    kFeature = 2,
    kPlanar = 3,
    kBias = 4,
};

// 0..35 are the pixel formats of the CDMA; these two follow them.
inline constexpr std::uint8_t kPixelR8 = 0;
inline constexpr std::uint8_t kPixelA16B16G16R16F = 8;
inline constexpr std::uint8_t kPixelA8B8G8R8 = 12;
inline constexpr std::uint8_t kPixelFeature = 36;
inline constexpr std::uint8_t kPixelFeatureX8 = 37;  // atom of 8 bytes

enum class RelocationType : std::uint8_t { kLineStride = 1, kSurfaceStride = 2 };

inline constexpr std::size_t kMaxTaskAddresses = 6144;

struct Blob {
    std::string name{};
    Interface interface = Interface::kNone;
    std::uint32_t sub_interface = kSubNone;
    Version version{};
    Bytes data{};
};

struct Memory {
    MemoryDomain domain = MemoryDomain::kSystem;
    std::uint16_t flags = 0;
    std::uint64_t size = 0;
    std::uint32_t alignment = 0;
    std::vector<std::string> contents{};  // blob names, meaningful with kMemorySet
    std::vector<std::uint64_t> offsets{};
    std::uint16_t bind_id = 0;
    std::uint16_t tensor_desc_id = 0;

    bool has(MemoryFlag flag) const { return (flags & flag) != 0; }
    bool bindable() const { return has(kMemoryInput) || has(kMemoryOutput); }
};

struct Address {
    std::uint16_t mem_id = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

struct Event {
    std::uint8_t type = 0;
    std::uint16_t target = 0;
    std::uint32_t value = 0;
    bool signal = false;  // otherwise wait
};

struct Task {
    Interface interface = Interface::kDla;
    std::int16_t instance = -1;
    std::vector<std::uint16_t> address_list{};
    std::vector<std::uint16_t> pre_actions{};
    std::vector<std::uint16_t> post_actions{};
};

struct Submit {
    std::vector<std::uint16_t> task_id{};
};

struct Tensor {
    std::string name{};
    std::uint16_t mem_id = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    DataFormat data_format = DataFormat::kUnknown;
    DataType data_type = DataType::kUnknown;
    DataCategory data_category = DataCategory::kImage;
    std::uint8_t pixel_format = 0;
    std::uint8_t pixel_mapping = 0;
    std::int32_t n = 1;
    std::int32_t c = 1;
    std::int32_t h = 1;
    std::int32_t w = 1;
    std::array<std::uint32_t, 8> stride{};  // bytes: element, line, surface
};

struct Relocation {
    std::uint16_t address_id = 0;
    std::uint16_t write_id = 0;
    std::uint64_t offset = 0;
    std::uint32_t interface = 0;
    std::uint32_t sub_interface = 0;
    RelocationType type = RelocationType::kLineStride;
};

struct Loadable {
    Version version = kLoadableVersion;
    std::vector<Task> tasks{};
    std::vector<Memory> memories{};
    std::vector<Address> addresses{};
    std::vector<Event> events{};
    std::vector<Blob> blobs{};
    std::vector<Tensor> tensors{};
    std::vector<Relocation> relocations{};
    std::vector<Submit> submits{};

    const Blob* find_blob(std::string_view name) const;
};

// Structure and meaning are both checked; the file is neither trusted nor changed.
Result<Loadable> read_loadable(std::span<const std::uint8_t> file);
Result<Loadable> read_loadable_file(const std::string& path);
Bytes write_loadable(const Loadable& loadable);

// "" or a sentence naming the table and the field.
std::string why_not(const Loadable& loadable);

// What a memory holds before the first run, up to the end of its last blob; zeros follow.
Bytes initial_contents(const Loadable& loadable, std::size_t memory);

// Memories of one direction in bind_id order. Call on a checked loadable.
std::vector<std::size_t> bindable_memories(const Loadable& loadable, MemoryFlag direction);

}  // namespace dla::runtime
