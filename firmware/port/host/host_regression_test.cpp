// SPDX-License-Identifier: BSD-3-Clause OR GPL-2.0-only
// The published regression loadables by the host firmware on the DLA, against their outputs.
#include <fmt/format.h>

#include <memory>

#include "firmware/port/host/host_driver.hpp"
#include "firmware/testing/test_task.hpp"
#include "runtime/image/dimg.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"
#include "vp/platform/platform.hpp"

namespace dla::firmware::testing {
namespace {

HardwareConfig config_for(const std::string& path) {
    const char* name = "nv_full";
    if (path.find("small") != std::string::npos) name = "nv_small";
    if (path.find("large") != std::string::npos) name = "nv_large";
    return *builtin_config(name);
}

class Regression : public HostSurroundings {
  public:
    explicit Regression(const std::string& file)
        : path(file),
          loadable(*runtime::read_loadable_file(file)),
          hardware(config_for(file)),
          name(file.substr(file.rfind('/') + 1)),
          platform((name + "_platform").c_str(), hardware),
          driver((name + "_driver").c_str(), hardware, *this) {
        driver.csb.bind(platform.dla().csb);
        driver.irq.bind(platform.irq());
        loaded = load_task(loadable, first_dla_task(loadable));
        task.layout = loaded.layout;
        for (const TaskMemory& memory : loaded.memories) {
            const auto there = bytes(memory.bus_address, memory.bytes.size());
            std::copy(memory.bytes.begin(), memory.bytes.end(), there.begin());
        }
        for (const std::size_t memory : loaded.addresses)
            task.addresses.push_back(
                {loaded.memories[memory].bus_address, loaded.memories[memory].bytes.size()});
    }

    std::span<std::uint8_t> bytes(std::uint64_t address, std::uint64_t size) override {
        vp::Memory* memory = platform.memory_at(address, size);
        return memory == nullptr ? std::span<std::uint8_t>() : memory->bytes(address, size);
    }
    bool moving() const override { return platform.dla().moving(); }

    // "" or how the output differs from the published one.
    std::string difference() {
        const auto output = runtime::bindable_memories(loadable, runtime::kMemoryOutput).front();
        const auto& tensor = loadable.tensors[loadable.memories[output].tensor_desc_id];
        const auto packing = hardware.memory_atom_bytes == 8 ? runtime::Packing::kAsAtomsOf32
                                                             : runtime::Packing::kStable;
        const auto found = runtime::make_dimg(
            tensor, bytes(loaded.memories[output].bus_address, loadable.memories[output].size),
            packing);
        if (!found) return found.error().message;
        const auto golden = runtime::file_bytes(path.substr(0, path.rfind('/')) + "/o_000000.dimg");
        return runtime::dimg_difference(*found, *runtime::decode_dimg(golden));
    }

    std::string path;
    runtime::Loadable loadable;
    HardwareConfig hardware;
    std::string name;
    mutable vp::Platform platform;
    HostDriver driver;
    LoadedTask loaded;
    HostTask task;
    std::string error = "did not run";
};

}  // namespace

TEST_CASE("the regression loadables give their published outputs") {
    std::vector<std::unique_ptr<Regression>> all;
    for (const std::string& path : runtime::files_below("../shared/loadables/kmd", "_fbuf"))
        all.push_back(std::make_unique<Regression>(path));
    for (const auto& one : all)
        one->driver.post(one->task, [&one](Result<TaskReport> report) {
            one->error = report ? "" : report.error().message;
        });
    sc_core::sc_start();
    for (const auto& one : all) {
        INFO(one->name);
        CHECK(one->error == "");
        // The network's last step, a softmax, is the CPU's.
        if (one->loadable.tasks.size() == 1) CHECK(one->difference() == "");
    }
}

}  // namespace dla::firmware::testing
