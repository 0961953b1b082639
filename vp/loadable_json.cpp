// SPDX-License-Identifier: Apache-2.0
#include "vp/loadable_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "runtime/loadable/descriptor_codec.hpp"
#include "runtime/show/layers.hpp"
#include "runtime/show/show.hpp"
#include "vp/text_escape.hpp"

namespace dla::vp {
namespace {

using namespace dla::runtime;

std::string array(const std::vector<std::string>& items) {
    return fmt::format("[{}]", fmt::join(items, ",\n  "));
}

std::string tensor_json(const Tensor& t) {
    return fmt::format(
        "{{\"name\": {}, \"width\": {}, \"height\": {}, \"channels\": {}, \"type\": \"{}\", "
        "\"line_stride\": {}, \"surface_stride\": {}, \"size\": {}, \"memory\": {}}}",
        json_text(t.name), t.w, t.h, t.c, data_type_name(t.data_type), t.stride[1], t.stride[2],
        t.size, t.mem_id);
}

std::string memory_json(const Memory& memory) {
    return fmt::format("{{\"size\": {}, \"domain\": \"{}\", \"input\": {}, \"output\": {}}}",
                       memory.size, memory.domain == MemoryDomain::kSram ? "sram" : "system",
                       memory.has(kMemoryInput), memory.has(kMemoryOutput));
}

std::vector<std::string> operations_json(const Loadable& loadable, std::size_t index) {
    std::vector<std::string> operations;
    if (const auto task = decode_dla_task(loadable, index)) {
        for (std::size_t i = 0; i < task->operations.size(); ++i) {
            const Operation& op = task->operations[i];
            operations.push_back(fmt::format("{{\"name\": {}, \"operation\": {}, \"macs\": {}}}",
                                             json_text(layer_name(op, i)),
                                             json_text(operation_words(op)), macs(op)));
        }
    }
    return operations;
}

std::string task_json(const Loadable& loadable, std::size_t index) {
    const bool dla = loadable.tasks[index].interface == Interface::kDla;
    return fmt::format("{{\"engine\": \"{}\", \"addresses\": {}, \"operations\": {}}}",
                       dla ? "dla" : "cpu", loadable.tasks[index].address_list.size(),
                       array(dla ? operations_json(loadable, index) : std::vector<std::string>{}));
}

}  // namespace

std::string loadable_json(const Loadable& loadable) {
    std::vector<std::string> tensors;
    std::vector<std::string> memories;
    std::vector<std::string> tasks;
    for (const Tensor& tensor : loadable.tensors)
        tensors.push_back(tensor_json(tensor));
    for (const Memory& memory : loadable.memories)
        memories.push_back(memory_json(memory));
    for (std::size_t i = 0; i < loadable.tasks.size(); ++i)
        tasks.push_back(task_json(loadable, i));
    return fmt::format(
        "{{\"version\": \"{}\", \"tensors\": {},\n \"memories\": {},\n \"tasks\": {}}}\n",
        to_string(loadable.version), array(tensors), array(memories), array(tasks));
}

}  // namespace dla::vp
