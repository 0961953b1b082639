// SPDX-License-Identifier: Apache-2.0
// Reads one mapping of a YAML document field by field; every message names place, field and legal
// range, and a field nobody asked for is an error.
//
//   Thing read_thing(YamlSection root) { Thing t{root.number("size", 1, 8)}; root.finish(); return
//   t; } Result<Thing> thing = parse_yaml<Thing>(text, "thing.yaml", read_thing);
#pragma once

#include <yaml-cpp/yaml.h>

#include <initializer_list>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "dla_tlm/common/result.hpp"

namespace dla {

// Never leaves parse_yaml().
struct YamlError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class YamlSection {
  public:
    YamlSection(const YAML::Node& node, std::string where, std::string path);

    unsigned number(const char* key, unsigned low, unsigned high);
    unsigned power_of_two(const char* key, unsigned low, unsigned high);
    double real(const char* key, double low, double high);
    bool flag(const char* key);
    std::string text(const char* key) { return scalar(key).Scalar(); }
    // A name for files and folders: it must not lead out of where they belong.
    std::string file_name(const char* key);
    std::string choice(const char* key, std::initializer_list<const char*> legal);
    std::vector<std::string> list(const char* key, std::initializer_list<const char*> legal);
    YamlSection section(const char* key) { return {at(key), where_, name(key)}; }

    // Every key must have been asked for.
    void finish() const;

    [[noreturn]] void refuse(const YAML::Node& at_node, const std::string& field,
                             const std::string& what) const;

  private:
    std::string name(const std::string& key) const;
    YAML::Node at(const char* key);
    YAML::Node scalar(const char* key);

    YAML::Node node_;
    std::string where_;
    std::string path_;
    std::set<std::string> seen_;
};

// what: how a message calls the file, with its article.
Result<std::string> read_text(const std::string& path, const char* what);
Error yaml_syntax_error(const std::string& where, const YAML::Exception& error);

// where: what to call the text in messages.
template <class T, class Read>
Result<T> parse_yaml(const std::string& text, const std::string& where, Read&& read) {
    try {
        return read(YamlSection(YAML::Load(text), where, ""));
    } catch (const YamlError& error) {
        return fail(error.what());
    } catch (const YAML::Exception& error) {
        return tl::unexpected(yaml_syntax_error(where, error));
    }
}

}  // namespace dla
