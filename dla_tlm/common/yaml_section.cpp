// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/yaml_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <fstream>
#include <sstream>

#include "dla_tlm/common/file_error.hpp"

namespace dla {

YamlSection::YamlSection(const YAML::Node& node, std::string where, std::string path)
    : node_(node), where_(std::move(where)), path_(std::move(path)) {
    if (!node_.IsMap()) refuse(node_, path_, "must be a mapping of fields");
}

unsigned YamlSection::number(const char* key, unsigned low, unsigned high) {
    const YAML::Node value = scalar(key);
    std::uint64_t parsed = 0;
    if (!YAML::convert<std::uint64_t>::decode(value, parsed) || parsed < low || parsed > high) {
        refuse(value, name(key),
               fmt::format("is '{}', legal is a whole number from {} to {}", value.Scalar(), low,
                           high));
    }
    return static_cast<unsigned>(parsed);
}

unsigned YamlSection::power_of_two(const char* key, unsigned low, unsigned high) {
    const unsigned value = number(key, low, high);
    if (!std::has_single_bit(value)) {
        refuse(node_[key], name(key), fmt::format("is {}, legal is a power of two", value));
    }
    return value;
}

double YamlSection::real(const char* key, double low, double high) {
    const YAML::Node value = scalar(key);
    double parsed = 0;
    if (!YAML::convert<double>::decode(value, parsed) || !(parsed >= low && parsed <= high)) {
        refuse(value, name(key),
               fmt::format("is '{}', legal is a number from {} to {}", value.Scalar(), low, high));
    }
    return parsed;
}

bool YamlSection::flag(const char* key) {
    const YAML::Node value = scalar(key);
    bool parsed = false;
    if (!YAML::convert<bool>::decode(value, parsed)) {
        refuse(value, name(key), fmt::format("is '{}', legal is true or false", value.Scalar()));
    }
    return parsed;
}

std::string YamlSection::file_name(const char* key) {
    const auto legal = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    };
    std::string value = text(key);
    if (value.empty() || value.front() == '.' || !std::ranges::all_of(value, legal)) {
        refuse(node_[key], name(key),
               fmt::format("is '{}', legal are letters, digits, '_', '-' and '.', the last not in "
                           "front",
                           value));
    }
    return value;
}

std::string YamlSection::choice(const char* key, std::initializer_list<const char*> legal) {
    std::string value = text(key);
    if (std::ranges::none_of(legal, [&](const char* l) { return value == l; })) {
        refuse(node_[key], name(key),
               fmt::format("is '{}', legal is one of {}", value, fmt::join(legal, ", ")));
    }
    return value;
}

std::vector<std::string> YamlSection::list(const char* key,
                                           std::initializer_list<const char*> legal) {
    const YAML::Node value = at(key);
    if (!value.IsSequence()) refuse(value, name(key), "must be a list");
    std::vector<std::string> items;
    for (const YAML::Node& item : value) {
        const std::string text = item.IsScalar() ? item.Scalar() : "";
        if (std::ranges::none_of(legal, [&](const char* l) { return text == l; })) {
            refuse(item, name(key),
                   fmt::format("has '{}', legal are {}", text, fmt::join(legal, ", ")));
        }
        items.push_back(text);
    }
    return items;
}

void YamlSection::finish() const {
    for (const auto& item : node_) {
        const std::string key = item.first.IsScalar() ? item.first.Scalar() : "?";
        if (!seen_.contains(key)) {
            refuse(item.first, name(key),
                   fmt::format("is not a field here; fields are {}", fmt::join(seen_, ", ")));
        }
    }
}

void YamlSection::refuse(const YAML::Node& at_node, const std::string& field,
                         const std::string& what) const {
    const YAML::Mark mark = at_node.Mark();
    throw YamlError(
        fmt::format("{}:{}:{}: {} {}", where_, mark.line + 1, mark.column + 1, field, what));
}

std::string YamlSection::name(const std::string& key) const {
    return path_.empty() ? key : path_ + "." + key;
}

YAML::Node YamlSection::at(const char* key) {
    seen_.insert(key);
    const YAML::Node value = node_[key];
    if (!value) refuse(node_, name(key), "is missing");
    return value;
}

YAML::Node YamlSection::scalar(const char* key) {
    const YAML::Node value = at(key);
    if (!value.IsScalar()) refuse(value, name(key), "must be a single value");
    return value;
}

Result<std::string> read_text(const std::string& path, const char* what) {
    errno = 0;
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf()))
        return file_error(path, fmt::format("cannot be read as {}", what).c_str());
    return text.str();
}

Error yaml_syntax_error(const std::string& where, const YAML::Exception& error) {
    return {fmt::format("{}:{}:{}: not YAML: {}", where, error.mark.line + 1, error.mark.column + 1,
                        error.msg)};
}

}  // namespace dla
