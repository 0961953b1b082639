// SPDX-License-Identifier: Apache-2.0
#include "runtime/api/runtime.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/api/emulator.hpp"
#include "runtime/loadable/widen.hpp"

namespace dla::runtime {
namespace {

// IRuntime::load is not told the size; this is the greatest a loadable can have.
constexpr std::size_t kUnknownSize = 2'000'000'000;

void copy_to(const MappedMemory& memory, std::uint64_t offset, const Bytes& bytes) {
    std::copy(bytes.begin(), bytes.end(), memory.data + offset);
}

}  // namespace

Runtime::~Runtime() {
    unload();
    for (const auto& [handle, memory] : applications_)
        platform_->free(device_, memory);
}

NvU16 Runtime::getMaxDevices() {
    return getNumDevices();
}

NvU16 Runtime::getNumDevices() {
    return static_cast<NvU16>(platform_->num_devices());
}

bool Runtime::initEMU() {
    emulator_ready_ = true;
    return true;
}

void Runtime::stopEMU() {
    emulator_ready_ = false;
}

bool Runtime::report(const Result<void>& result) {
    if (!result) last_error_ = result.error().message;
    return result.has_value();
}

bool Runtime::load(NvU8* buffer, int instance) {
    if (!buffer) return report(fail("load: no buffer"));
    return report(load_bytes({buffer, kUnknownSize}, instance));
}

Result<void> Runtime::load_bytes(std::span<const std::uint8_t> file, int instance) {
    unload();
    if (auto fits = check_instance(instance); !fits) return fits;
    const auto read = read_loadable(file);
    if (!read) return tl::unexpected(read.error());
    auto wide = widened(*read);
    if (!wide) return tl::unexpected(wide.error());
    device_ = static_cast<unsigned>(instance);
    loadable_ = std::move(*wide);
    if (auto done = allocate_memories(); !done) {
        unload();
        return done;
    }
    remember_dependencies();
    return {};
}

Result<void> Runtime::check_instance(int instance) const {
    const unsigned devices = platform_->num_devices();
    if (instance >= 0 && static_cast<unsigned>(instance) < devices) return {};
    return fail(fmt::format("device instance is {}, legal is 0 to {}", instance,
                            static_cast<int>(devices) - 1));
}

Result<void> Runtime::allocate_memories() {
    bound_.assign(loadable_->memories.size(), {});
    for (std::size_t i = 0; i < bound_.size(); ++i) {
        const Memory& memory = loadable_->memories[i];
        if (memory.bindable()) continue;
        auto mapped = platform_->allocate(device_, memory.size, memory.domain);
        if (!mapped) {
            return fail(fmt::format("memory_list[{}] of {} bytes: {}", i, memory.size,
                                    mapped.error().message));
        }
        bound_[i] = {.memory = *mapped, .owned = true};
        for (std::size_t k = 0; memory.has(kMemorySet) && k < memory.contents.size(); ++k) {
            if (!mapped->data) {
                return fail(
                    fmt::format("memory_list[{}] has contents, but the CPU cannot reach "
                                "it",
                                i));
            }
            copy_to(*mapped, memory.offsets[k], loadable_->find_blob(memory.contents[k])->data);
        }
    }
    return {};
}

void Runtime::unload() {
    for (const Bound& bound : bound_) {
        if (bound.owned) platform_->free(device_, bound.memory);
    }
    bound_.clear();
    dependencies_.clear();
    loadable_.reset();
}

NvDlaError Runtime::allocateSystemMemory(void** handle, NvU64 size, void** data) {
    if (!handle || !data || size == 0) return NvDlaError_BadParameter;
    const auto memory = platform_->allocate(device_, size, MemoryDomain::kSystem);
    if (!memory) {
        last_error_ = memory.error().message;
        return NvDlaError_InsufficientMemory;
    }
    applications_[memory->handle] = *memory;
    *handle = memory->handle;
    *data = memory->data;
    return NvDlaSuccess;
}

void Runtime::freeSystemMemory(void* handle, NvU64) {
    const auto found = applications_.find(handle);
    if (found == applications_.end()) return;
    for (Bound& bound : bound_) {
        if (bound.memory.handle == handle) bound = {};
    }
    platform_->free(device_, found->second);
    applications_.erase(found);
}

std::span<std::uint8_t> Runtime::memory(std::size_t index) {
    const MappedMemory& memory = bound_[index].memory;
    return {memory.data, memory.data ? memory.size : 0};
}

// The list of every DLA task, found through its network descriptor: names of blobs differ between
// compilers.
void Runtime::remember_dependencies() {
    for (std::size_t i = 0; i < loadable_->tasks.size(); ++i) {
        const Task& task = loadable_->tasks[i];
        if (task.interface != Interface::kDla) continue;
        const auto decoded = decode_dla_task(*loadable_, i);
        if (!decoded) continue;  // read_loadable has refused such a task
        const auto position = static_cast<std::size_t>(decoded->network.dependency_graph_index);
        const Address& address = loadable_->addresses[task.address_list[position]];
        LoadableMemory contents(*loadable_, i);
        const auto list = contents(position).first(decoded->operations.size() * kDependencyBytes);
        dependencies_.push_back({address.mem_id, address.offset, Bytes(list.begin(), list.end())});
    }
}

void Runtime::restore_dependencies() {
    for (const Dependencies& list : dependencies_) {
        const MappedMemory& memory = bound_[list.memory].memory;
        if (memory.data) copy_to(memory, list.offset, list.bytes);
    }
}

bool Runtime::submit() {
    return report(run());
}

Result<void> Runtime::run() {
    if (!loadable_) return fail("no loadable is loaded; load() comes first");
    restore_dependencies();
    for (const Submit& submit : loadable_->submits) {
        for (const std::uint16_t task : submit.task_id) {
            if (auto done = run_task(task); !done) {
                return fail(fmt::format("task {}: {}", task, done.error().message));
            }
        }
    }
    return {};
}

Result<void> Runtime::run_task(std::size_t task) {
    return loadable_->tasks[task].interface == Interface::kDla ? run_dla(task) : run_emulator(task);
}

Result<void> Runtime::run_dla(std::size_t task) {
    std::vector<TaskAddress> addresses;
    for (const std::uint16_t id : loadable_->tasks[task].address_list) {
        const Address& address = loadable_->addresses[id];
        const Bound& bound = bound_[address.mem_id];
        if (!bound.memory.handle) {
            const Memory& memory = loadable_->memories[address.mem_id];
            return fail(fmt::format("{} tensor {} is not bound",
                                    memory.has(kMemoryInput) ? "input" : "output", memory.bind_id));
        }
        addresses.push_back({bound.memory.handle, address.offset});
    }
    return platform_->submit(device_, addresses);
}

Result<void> Runtime::run_emulator(std::size_t task) {
    if (!emulator_ready_)
        return fail(
            "the network has a task for the CPU's emulator, which initEMU() must start first");
    const auto generation = generation_of(*loadable_, task);
    if (!generation) return tl::unexpected(generation.error());
    const auto& list = loadable_->tasks[task].address_list;
    const auto view = [&](std::size_t position) -> std::span<std::uint8_t> {
        const Address& address = loadable_->addresses[list[position]];
        const auto bytes = memory(address.mem_id);
        return bytes.subspan(std::min<std::size_t>(address.offset, bytes.size()));
    };
    // From memory, not from the file: relocations may have changed the strides.
    const auto decoded = decode_emulator_task(view, list.size(), *generation);
    if (!decoded) return tl::unexpected(decoded.error());
    return run_emulator_task(*decoded, view);
}

}  // namespace dla::runtime

void nvdla::destroyRuntime(IRuntime* runtime) {
    delete static_cast<dla::runtime::Runtime*>(runtime);
}
