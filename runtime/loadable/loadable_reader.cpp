// SPDX-License-Identifier: Apache-2.0
#include <flatbuffers/minireflect.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "loadable_generated.h"
#include "runtime/loadable/file_bytes.hpp"
#include "runtime/loadable/wire_check.hpp"

namespace dla::runtime {
namespace {

constexpr std::size_t kMaxFileBytes = 2'000'000'000;  // FlatBuffers offsets are 31 bits

std::string text(const flatbuffers::String* string) {
    return string ? string->str() : "";
}

template <class T>
std::vector<T> list(const flatbuffers::Vector<T>* vector) {
    std::vector<T> values(vector ? vector->size() : 0);
    // Copied as bytes: the file need not align its elements.
    if (!values.empty()) std::memcpy(values.data(), vector->Data(), values.size() * sizeof(T));
    return values;
}

Version version_of(const wire::Version* version) {
    if (!version) return {};
    return {version->major(), version->minor(), version->sub_minor()};
}

// Turns every entry of a wire list; `convert` returns the plain one.
template <class Wire, class Convert>
auto entries(const flatbuffers::Vector<flatbuffers::Offset<Wire>>* vector, Convert convert) {
    std::vector<decltype(convert(*vector->Get(0)))> result;
    if (!vector) return result;
    result.reserve(vector->size());
    std::transform(vector->begin(), vector->end(), std::back_inserter(result),
                   [&](const Wire* entry) { return convert(*entry); });
    return result;
}

template <class Wire>
std::string ids_out_of_order(const flatbuffers::Vector<flatbuffers::Offset<Wire>>* vector,
                             const char* name) {
    if (!vector) return {};
    for (unsigned i = 0; i < vector->size(); ++i) {
        if (vector->Get(i)->id() != i) {
            return fmt::format("{}[{}].id is {}, ids count from 0 in file order", name, i,
                               vector->Get(i)->id());
        }
    }
    return {};
}

// Facts that the plain form no longer holds.
std::string wire_only_faults(const wire::Loadable& file) {
    if (!file.version()) return "version is missing";
    for (auto why : {ids_out_of_order(file.memory_list(), "memory_list"),
                     ids_out_of_order(file.address_list(), "address_list"),
                     ids_out_of_order(file.task_list(), "task_list"),
                     ids_out_of_order(file.submit_list(), "submit_list"),
                     ids_out_of_order(file.event_list(), "event_list"),
                     ids_out_of_order(file.tensor_desc_list(), "tensor_desc_list")}) {
        if (!why.empty()) return why;
    }
    for (unsigned i = 0; file.blobs() && i < file.blobs()->size(); ++i) {
        const auto* blob = file.blobs()->Get(i);
        const std::size_t held = blob->data() ? blob->data()->size() : 0;
        if (blob->size() != held) {
            return fmt::format("blobs[{}].size is {}, its data are {} bytes", i, blob->size(),
                               held);
        }
    }
    for (unsigned i = 0; file.event_list() && i < file.event_list()->size(); ++i) {
        if (file.event_list()->Get(i)->op() > 1) {
            return fmt::format("event_list[{}].op is {}, legal are 0 (wait) and 1 (signal)", i,
                               file.event_list()->Get(i)->op());
        }
    }
    return {};
}

Blob blob_of(const wire::Blob& entry) {
    return {.name = text(entry.name()),
            .interface = static_cast<Interface>(entry.interface()),
            .sub_interface = entry.sub_interface(),
            .version = version_of(entry.version()),
            .data = list(entry.data())};
}

Memory memory_of(const wire::MemoryListEntry& entry) {
    Memory memory{.domain = static_cast<MemoryDomain>(entry.domain()),
                  .flags = entry.flags(),
                  .size = entry.size(),
                  .alignment = entry.alignment(),
                  .contents = {},
                  .offsets = list(entry.offsets()),
                  .bind_id = entry.bind_id(),
                  .tensor_desc_id = entry.tensor_desc_id()};
    for (unsigned i = 0; entry.contents() && i < entry.contents()->size(); ++i) {
        memory.contents.push_back(entry.contents()->Get(i)->str());
    }
    return memory;
}

Task task_of(const wire::TaskListEntry& entry) {
    return {.interface = static_cast<Interface>(entry.interface()),
            .instance = entry.instance(),
            .address_list = list(entry.address_list()),
            .pre_actions = list(entry.pre_actions()),
            .post_actions = list(entry.post_actions())};
}

Tensor tensor_of(const wire::TensorDescListEntry& entry) {
    return {.name = text(entry.name()),
            .mem_id = entry.mem_id(),
            .size = entry.size(),
            .offset = entry.offset(),
            .data_format = static_cast<DataFormat>(entry.data_format()),
            .data_type = static_cast<DataType>(entry.data_type()),
            .data_category = static_cast<DataCategory>(entry.data_category()),
            .pixel_format = entry.pixel_format(),
            .pixel_mapping = entry.pixel_mapping(),
            .n = entry.n(),
            .c = entry.c(),
            .h = entry.h(),
            .w = entry.w(),
            .stride = {entry.stride_0(), entry.stride_1(), entry.stride_2(), entry.stride_3(),
                       entry.stride_4(), entry.stride_5(), entry.stride_6(), entry.stride_7()}};
}

Relocation relocation_of(const wire::RelocListEntry& entry) {
    return {.address_id = entry.address_id(),
            .write_id = entry.write_id(),
            .offset = entry.offset(),
            .interface = entry.interface(),
            .sub_interface = entry.sub_interface(),
            .type = static_cast<RelocationType>(entry.reloc_type())};
}

}  // namespace

Result<Loadable> read_loadable(std::span<const std::uint8_t> file) {
    if (file.size() > kMaxFileBytes) return fail("the file is larger than a loadable can be");
    if (auto why = wire_damage(file, wire::LoadableTypeTable()); !why.empty()) return fail(why);
    const auto* root = flatbuffers::GetRoot<wire::Loadable>(file.data());
    if (auto why = wire_only_faults(*root); !why.empty()) return fail(why);

    Loadable loadable;
    loadable.version = version_of(root->version());
    loadable.tasks = entries(root->task_list(), task_of);
    loadable.memories = entries(root->memory_list(), memory_of);
    loadable.addresses = entries(root->address_list(), [](const wire::AddressListEntry& entry) {
        return Address{entry.mem_id(), entry.offset(), entry.size()};
    });
    loadable.events = entries(root->event_list(), [](const wire::EventListEntry& entry) {
        return Event{entry.type(), entry.target(), entry.val(), entry.op() == 1};
    });
    loadable.blobs = entries(root->blobs(), blob_of);
    loadable.tensors = entries(root->tensor_desc_list(), tensor_of);
    loadable.relocations = entries(root->reloc_list(), relocation_of);
    loadable.submits = entries(root->submit_list(), [](const wire::SubmitListEntry& entry) {
        return Submit{list(entry.task_id())};
    });
    if (auto why = why_not(loadable); !why.empty()) return fail(why);
    return loadable;
}

Result<Loadable> read_loadable_file(const std::string& path) {
    const auto bytes = read_file(path);
    if (!bytes) return tl::unexpected(bytes.error());
    auto loadable = read_loadable(*bytes);
    if (!loadable) return fail(path + ": " + loadable.error().message);
    return loadable;
}

}  // namespace dla::runtime
