// SPDX-License-Identifier: Apache-2.0
#include "runtime/loadable/wire_check.hpp"

#include <fmt/format.h>

#include <cstring>

namespace dla::runtime {
namespace {

using flatbuffers::ElementaryType;
using flatbuffers::TypeTable;

unsigned scalar_bytes(ElementaryType type) {
    switch (type) {
        case flatbuffers::ET_SHORT:
        case flatbuffers::ET_USHORT:
            return 2;
        case flatbuffers::ET_INT:
        case flatbuffers::ET_UINT:
        case flatbuffers::ET_FLOAT:
            return 4;
        case flatbuffers::ET_LONG:
        case flatbuffers::ET_ULONG:
        case flatbuffers::ET_DOUBLE:
            return 8;
        default:
            return 1;
    }
}

// Larger alignments than 4 are not asked for: the regression loadables lack them.
// All functions return "" or the sentence that describes the damage. Offsets count from the start
// of the file.
class Walker {
  public:
    explicit Walker(std::span<const std::uint8_t> file)
        : file_(file), budget_(4 * file.size() + 65536) {}

    std::string root(const TypeTable* type) {
        if (file_.size() < 8) {
            return fmt::format("the file has {} bytes, a loadable has at least 8", file_.size());
        }
        return table(0, type, "root", 0);
    }

  private:
    static constexpr unsigned kMaxDepth = 8;

    template <class T>
    T get(std::size_t at) const {
        T value;
        std::memcpy(&value, file_.data() + at, sizeof(T));
        return value;
    }
    bool inside(std::size_t at, std::size_t size) const {
        return at <= file_.size() && size <= file_.size() - at;
    }
    std::string beyond(const std::string& path, std::size_t at, std::size_t size) const {
        return fmt::format("{}: bytes {} to {} lie beyond the end of the file ({} bytes)", path, at,
                           at + size, file_.size());
    }
    // Guards against files whose tables refer to the same bytes over and over.
    bool spend(std::size_t bytes) {
        if (bytes > budget_) return false;
        budget_ -= bytes;
        return true;
    }

    // Follows the unsigned offset stored at `at`.
    std::string follow(std::size_t at, const std::string& path, std::size_t* target) {
        if (!inside(at, 4)) return beyond(path, at, 4);
        const std::size_t offset = get<std::uint32_t>(at);
        if (offset == 0 || !inside(at + offset, 4)) {
            return fmt::format("{}: its offset {} at byte {} leads out of the file ({} bytes)",
                               path, offset, at, file_.size());
        }
        *target = at + offset;
        if (*target % 4 != 0) {
            return fmt::format("{}: starts at byte {}, which is not a multiple of 4", path,
                               *target);
        }
        return {};
    }

    std::string table(std::size_t at, const TypeTable* type, const std::string& path,
                      unsigned depth) {
        std::size_t start = 0;
        if (auto why = follow(at, path, &start); !why.empty()) return why;
        if (depth > kMaxDepth) return path + ": tables are nested too deeply";
        const std::int64_t vtable = static_cast<std::int64_t>(start) - get<std::int32_t>(start);
        if (vtable < 0 || vtable % 2 != 0 || !inside(static_cast<std::size_t>(vtable), 4)) {
            return fmt::format("{}: its field list at byte {} is not inside the file", path,
                               vtable);
        }
        const auto fields = static_cast<std::size_t>(vtable);
        const std::size_t fields_size = get<std::uint16_t>(fields);
        const std::size_t table_size = get<std::uint16_t>(fields + 2);
        if (fields_size < 4 || fields_size % 2 != 0 || !inside(fields, fields_size)) {
            return fmt::format("{}: its field list has an impossible size {}", path, fields_size);
        }
        if (table_size < 4 || !inside(start, table_size)) return beyond(path, start, table_size);
        if (!spend(table_size + 4)) return path + ": the file repeats itself beyond reason";
        for (std::size_t i = 0; i < type->num_elems && 4 + 2 * i + 2 <= fields_size; ++i) {
            const std::size_t offset = get<std::uint16_t>(fields + 4 + 2 * i);
            if (offset == 0) continue;
            const std::string field = fmt::format("{}.{}", path, type->names[i]);
            if (auto why = member(start, offset, type, i, field, depth); !why.empty()) {
                return why;
            }
        }
        return {};
    }

    std::string member(std::size_t start, std::size_t offset, const TypeTable* type, std::size_t i,
                       const std::string& path, unsigned depth) {
        const auto code = type->type_codes[i];
        const auto element = static_cast<ElementaryType>(code.base_type);
        const TypeTable* sub =
            code.sequence_ref >= 0 ? type->type_refs[code.sequence_ref]() : nullptr;
        const bool by_offset = code.is_repeating || element == flatbuffers::ET_STRING ||
                               (sub && sub->st == flatbuffers::ST_TABLE);
        const bool is_struct = sub && sub->st == flatbuffers::ST_STRUCT;
        std::size_t size = by_offset ? 4 : scalar_bytes(element);
        if (is_struct) size = static_cast<std::size_t>(sub->values[sub->num_elems]);
        // Some writers count structs outside the table's size, so the file's end is what counts.
        if (!inside(start + offset, size)) return beyond(path, start + offset, size);
        if (code.is_repeating) return vector(start + offset, element, sub, path, depth);
        if (element == flatbuffers::ET_STRING) return string(start + offset, path);
        if (by_offset) return table(start + offset, sub, path, depth + 1);
        return {};
    }

    std::string vector(std::size_t at, ElementaryType element, const TypeTable* sub,
                       const std::string& path, unsigned depth) {
        std::size_t start = 0;
        if (auto why = follow(at, path, &start); !why.empty()) return why;
        const std::size_t count = get<std::uint32_t>(start);
        const bool by_offset = sub || element == flatbuffers::ET_STRING;
        const std::size_t size = by_offset ? 4 : scalar_bytes(element);
        if (!inside(start + 4, count * size)) {
            return fmt::format(
                "{}: {} elements of {} bytes from byte {} do not fit into the file "
                "({} bytes)",
                path, count, size, start + 4, file_.size());
        }
        if (!spend(count * size)) return path + ": the file repeats itself beyond reason";
        for (std::size_t i = 0; by_offset && i < count; ++i) {
            const std::string entry = fmt::format("{}[{}]", path, i);
            const std::size_t slot = start + 4 + 4 * i;
            auto why = sub ? table(slot, sub, entry, depth + 1) : string(slot, entry);
            if (!why.empty()) return why;
        }
        return {};
    }

    std::string string(std::size_t at, const std::string& path) {
        std::size_t start = 0;
        if (auto why = follow(at, path, &start); !why.empty()) return why;
        const std::size_t length = get<std::uint32_t>(start);
        if (!inside(start + 4, length) || !inside(start + 4, length + 1)) {
            return beyond(path, start + 4, length + 1);
        }
        if (file_[start + 4 + length] != 0) return path + ": the string has no terminating zero";
        if (!spend(length)) return path + ": the file repeats itself beyond reason";
        return {};
    }

    std::span<const std::uint8_t> file_;
    std::size_t budget_;
};

}  // namespace

std::string wire_damage(std::span<const std::uint8_t> file, const flatbuffers::TypeTable* root) {
    std::string why = Walker(file).root(root);
    // The root table is the loadable itself; its fields are named without it.
    if (why.starts_with("root.")) why.erase(0, 5);
    return why;
}

}  // namespace dla::runtime
