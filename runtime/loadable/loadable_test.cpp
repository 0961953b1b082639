// SPDX-License-Identifier: Apache-2.0
#include "runtime/loadable/loadable.hpp"

#include "runtime/loadable/descriptor_codec.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;

namespace {

// One DLA task: a max pooling from memory 4 to memory 5.
Loadable small_loadable() {
    DlaTask task;
    Pdp pdp;
    pdp.src.address = 4;
    pdp.dst.address = 5;
    task.operations.push_back({.common = {.type = OpType::kPdp}, .body = pdp});
    task.network.num_operations = 1;
    task.network.operation_desc_index = 1;
    task.network.surface_desc_index = 2;
    task.network.dependency_graph_index = 3;
    task.network.op_head[3] = 0;
    task.network.num_addresses = 6;
    const DlaTaskBlobs bytes = encode(task);

    Loadable loadable;
    const auto add = [&](const char* name, std::uint32_t sub, const Bytes& data) {
        loadable.blobs.push_back({name, Interface::kDla, sub, kDescriptorVersion, data});
        Memory memory{.flags = kMemoryAlloc | kMemorySet, .size = data.size()};
        memory.contents = {name};
        memory.offsets = {0};
        loadable.memories.push_back(memory);
    };
    add("network", kSubNetwork, bytes.network);
    add("operations", kSubOperations, bytes.operations);
    add("surfaces", kSubSurfaces, bytes.surfaces);
    add("dependencies", kSubDependencies, bytes.dependencies);
    loadable.memories.push_back({.flags = kMemoryAlloc | kMemoryInput, .size = 512});
    loadable.memories.push_back(
        {.flags = kMemoryAlloc | kMemoryOutput, .size = 512, .tensor_desc_id = 1});
    Task entry;
    for (std::uint16_t i = 0; i < 6; ++i) {
        loadable.addresses.push_back({.mem_id = i, .size = loadable.memories[i].size});
        entry.address_list.push_back(i);
    }
    loadable.tasks.push_back(entry);
    loadable.submits.push_back({{0}});
    loadable.events.push_back({.value = 1, .signal = true});
    loadable.tensors.push_back({.name = "in", .mem_id = 4, .size = 512});
    loadable.tensors.push_back({.name = "out", .mem_id = 5, .size = 512});
    loadable.relocations.push_back({.address_id = 4, .write_id = 2, .offset = 20});
    return loadable;
}

std::string message_of(const Loadable& loadable) {
    const auto result = read_loadable(write_loadable(loadable));
    return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("a small loadable is written and read back") {
    const auto loadable = read_loadable(write_loadable(small_loadable()));
    REQUIRE((loadable ? "" : loadable.error().message) == "");
    CHECK(loadable->memories.size() == 6);
    CHECK(loadable->tensors[1].name == "out");
    CHECK(loadable->events[0].signal);
    CHECK(loadable->relocations[0].offset == 20);
    const auto task = decode_dla_task(*loadable, 0);
    REQUIRE(task.has_value());
    CHECK(std::get<Pdp>(task->operations[0].body).dst.address == 5);
}

TEST_CASE("a written loadable carries the identifier, a loadable without it is read as well") {
    Bytes bytes = write_loadable(small_loadable());
    CHECK(std::string(bytes.begin() + 4, bytes.begin() + 8) == "NVDA");
    bytes[4] = 0;
    CHECK(read_loadable(bytes).has_value());
}

TEST_CASE("errors name the table and the field") {
    Loadable loadable = small_loadable();
    SECTION("memory of an address") {
        loadable.addresses[3].mem_id = 9;
        CHECK(message_of(loadable) == "address_list[3].mem_id is 9, the loadable has 6 memories");
    }
    SECTION("address of a task") {
        loadable.tasks[0].address_list[2] = 70;
        CHECK(message_of(loadable) ==
              "task_list[0].address_list[2] is 70, the loadable has 6 addresses");
    }
    SECTION("size of an address") {
        loadable.addresses[5].size = 600;
        CHECK(message_of(loadable) ==
              "address_list[5]: offset 0 and size 600 exceed memory 5 of 512 bytes");
    }
    SECTION("name of a blob") {
        loadable.memories[1].contents[0] = "nothing";
        CHECK(message_of(loadable) ==
              "memory_list[1].contents[0] is 'nothing', no blob has this name");
    }
    SECTION("place of a blob") {
        loadable.memories[1].offsets[0] = ~std::uint64_t{0};
        CHECK(message_of(loadable).starts_with("memory_list[1].offsets[0] is 1844674407370955"));
    }
    SECTION("gap in the inputs") {
        loadable.memories[4].bind_id = 1;
        CHECK(message_of(loadable).starts_with("memory_list[4].bind_id is 1"));
    }
    SECTION("tensor of a binding") {
        loadable.memories[4].tensor_desc_id = 2;
        CHECK(message_of(loadable) ==
              "memory_list[4].tensor_desc_id is 2, the loadable has 2 tensors");
    }
    SECTION("relocation outside its memory") {
        loadable.relocations[0].offset = 642;
        CHECK(message_of(loadable) == "reloc_list[0].offset is 642, memory 2 has 644 bytes");
    }
    SECTION("task of a submit") {
        loadable.submits[0].task_id = {1};
        CHECK(message_of(loadable) == "submit_list[0].task_id[0] is 1, the loadable has 1 tasks");
    }
    SECTION("version") {
        loadable.version = {1, 2, 3};
        CHECK(message_of(loadable) == "version is 1.2.3, readable is 0.7");
    }
    SECTION("dimension of a tensor") {
        loadable.tensors[1].w = 0;
        CHECK(message_of(loadable) == "tensor_desc_list[1].w is 0, legal are 1 to 65536");
    }
}

TEST_CASE("errors inside descriptors name task, operation and field") {
    Loadable loadable = small_loadable();
    const auto set = [&](std::size_t blob, std::size_t at, std::uint8_t value) {
        loadable.blobs[blob].data[at] = value;
    };
    SECTION("address of a cube") {
        set(2, 32 + 2, 17);
        CHECK(message_of(loadable) ==
              "task_list[0]: operation 0 (PDP): dst.address is 17, the task has 6 addresses");
    }
    SECTION("type of an operation") {
        set(3, 3, 6);
        CHECK(message_of(loadable) == "task_list[0]: operation 0: op_type is 6, legal are 0 to 5");
    }
    SECTION("more operations than descriptors") {
        set(0, 30, 2);
        CHECK(message_of(loadable) ==
              "task_list[0]: network.dependency_graph_index is 3: 2 "
              "entries need 72 bytes, 36 are there");
    }
    SECTION("consumer") {
        set(3, 8, 5);
        set(3, 9, 0);
        CHECK(message_of(loadable) ==
              "task_list[0]: operation 0 (PDP): consumers.index is 5, the "
              "network has 1 operations");
    }
    SECTION("first operation of an engine") {
        set(0, 16, 3);
        set(0, 17, 0);
        CHECK(message_of(loadable) ==
              "task_list[0]: network.op_head[BDMA] is 3, the network has 1 operations");
    }
}

TEST_CASE("initial contents place blobs at their offsets") {
    Loadable loadable;
    loadable.blobs.push_back({.name = "a", .data = {1, 2}});
    loadable.blobs.push_back({.name = "b", .data = {3}});
    Memory memory{.flags = kMemoryAlloc | kMemorySet, .size = 100};
    memory.contents = {"b", "a"};
    memory.offsets = {4, 1};
    loadable.memories.push_back(memory);
    CHECK(initial_contents(loadable, 0) == Bytes{0, 1, 2, 0, 3});
}
