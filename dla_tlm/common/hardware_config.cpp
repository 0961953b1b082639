// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/hardware_config.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>

#include "dla_tlm/common/builtin_configs.hpp"

namespace dla {
namespace {

struct ConfigError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// One mapping of the document; remembers which keys were asked for, so that a misspelt one is
// found.
class Section {
  public:
    Section(YAML::Node node, std::string where, std::string path)
        : node_(std::move(node)), where_(std::move(where)), path_(std::move(path)) {
        if (!node_.IsMap()) refuse(node_, path_, "must be a mapping of fields");
    }

    unsigned number(const char* key, unsigned low, unsigned high) {
        const YAML::Node value = scalar(key);
        std::uint64_t parsed = 0;
        if (!YAML::convert<std::uint64_t>::decode(value, parsed) || parsed < low || parsed > high) {
            refuse(value, name(key),
                   fmt::format("is '{}', legal is a whole number from {} to {}", value.Scalar(),
                               low, high));
        }
        return static_cast<unsigned>(parsed);
    }

    unsigned power_of_two(const char* key, unsigned low, unsigned high) {
        const unsigned value = number(key, low, high);
        if (!std::has_single_bit(value)) {
            refuse(node_[key], name(key), fmt::format("is {}, legal is a power of two", value));
        }
        return value;
    }

    double real(const char* key, double low, double high) {
        const YAML::Node value = scalar(key);
        double parsed = 0;
        if (!YAML::convert<double>::decode(value, parsed) || !(parsed >= low && parsed <= high)) {
            refuse(
                value, name(key),
                fmt::format("is '{}', legal is a number from {} to {}", value.Scalar(), low, high));
        }
        return parsed;
    }

    bool flag(const char* key) {
        const YAML::Node value = scalar(key);
        bool parsed = false;
        if (!YAML::convert<bool>::decode(value, parsed)) {
            refuse(value, name(key),
                   fmt::format("is '{}', legal is true or false", value.Scalar()));
        }
        return parsed;
    }

    std::string text(const char* key) { return scalar(key).Scalar(); }

    std::string choice(const char* key, std::initializer_list<const char*> legal) {
        const std::string value = text(key);
        if (std::ranges::none_of(legal, [&](const char* l) { return value == l; })) {
            refuse(node_[key], name(key),
                   fmt::format("is '{}', legal is one of {}", value, fmt::join(legal, ", ")));
        }
        return value;
    }

    std::vector<std::string> list(const char* key, std::initializer_list<const char*> legal) {
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

    Section section(const char* key) { return {at(key), where_, name(key)}; }

    // Every key must have been asked for.
    void finish() const {
        for (const auto& item : node_) {
            const std::string key = item.first.IsScalar() ? item.first.Scalar() : "?";
            if (!seen_.contains(key)) {
                refuse(item.first, name(key),
                       fmt::format("is not a field here; fields are {}", fmt::join(seen_, ", ")));
            }
        }
    }

    [[noreturn]] void refuse(const YAML::Node& at_node, const std::string& field,
                             const std::string& what) const {
        const YAML::Mark mark = at_node.Mark();
        throw ConfigError(
            fmt::format("{}:{}:{}: {} {}", where_, mark.line + 1, mark.column + 1, field, what));
    }

  private:
    std::string name(const std::string& key) const {
        return path_.empty() ? key : path_ + "." + key;
    }
    YAML::Node at(const char* key) {
        seen_.insert(key);
        const YAML::Node value = node_[key];
        if (!value) refuse(node_, name(key), "is missing");
        return value;
    }
    YAML::Node scalar(const char* key) {
        const YAML::Node value = at(key);
        if (!value.IsScalar()) refuse(value, name(key), "must be a single value");
        return value;
    }

    YAML::Node node_;
    std::string where_;
    std::string path_;
    std::set<std::string> seen_;
};

Features read_features(Section section, const std::vector<std::string>& precisions) {
    const auto has = [&](const char* name) {
        return std::ranges::find(precisions, name) != precisions.end();
    };
    Features f{};
    f.int16 = has("int16");
    f.fp16 = has("fp16");
    f.winograd = section.flag("winograd");
    f.weight_compression = section.flag("weight_compression");
    f.batch_max = section.number("batch_max", 1, 32);
    f.bdma = section.flag("bdma");
    f.rubik = section.flag("rubik");
    f.second_memory = section.flag("second_memory");
    f.sdp_ew = section.flag("sdp_ew");
    f.sdp_lut = section.flag("sdp_lut");
    f.cfgrom = section.flag("cfgrom");
    section.finish();
    return f;
}

TimingConstants read_timing(Section section) {
    constexpr unsigned kMost = 1u << 20;
    TimingConstants t{};
    t.calibrated = section.flag("calibrated");
    const std::pair<const char*, unsigned*> cycles[] = {
        {"outstanding_reads", &t.outstanding_reads},
        {"first_weight_request", &t.first_weight_request},
        {"first_feature_request", &t.first_feature_request},
        {"first_image_request", &t.first_image_request},
        {"cacc_credits", &t.cacc_credits},
        {"cycles_per_pixel", &t.cycles_per_pixel},
        {"sdp_after_cacc", &t.sdp_after_cacc},
        {"sdp_cycles_per_atom", &t.sdp_cycles_per_atom},
        {"sdp_constant", &t.sdp_constant},
        {"pdp_cycles_per_atom", &t.pdp_cycles_per_atom},
        {"pdp_constant", &t.pdp_constant},
        {"sdp_to_pdp_constant", &t.sdp_to_pdp_constant},
        {"cdp_cycles_per_atom", &t.cdp_cycles_per_atom},
        {"cdp_constant", &t.cdp_constant},
        {"sdp_prefetch_beats", &t.sdp_prefetch_beats},
        {"operand_prefetch_beats", &t.operand_prefetch_beats},
        {"pdp_prefetch_beats", &t.pdp_prefetch_beats},
        {"cdp_prefetch_beats", &t.cdp_prefetch_beats},
        {"stripe_pixels", &t.stripe_pixels},
        {"least_operation_cycles", &t.least_operation_cycles},
    };
    const std::pair<const char*, unsigned*> corrections[] = {
        {"cdp_last_piece_cycles", &t.cdp_last_piece_cycles},
        {"cdp_piece_switch_cycles", &t.cdp_piece_switch_cycles},
        {"cdp_cycles_per_piece", &t.cdp_cycles_per_piece},
        {"cdp_bypass_constant", &t.cdp_bypass_constant},
        {"pdp_round_trip", &t.pdp_round_trip},
        {"cdp_round_trip", &t.cdp_round_trip},
        {"operand_prefetch_ahead", &t.operand_prefetch_ahead},
        {"feature_tail_saving", &t.feature_tail_saving},
        {"first_rdma_request", &t.first_rdma_request},
        {"sdp_to_pdp_output", &t.sdp_to_pdp_output},
        {"csc_layer_gap", &t.csc_layer_gap},
    };
    for (const auto& [key, value] : cycles)
        *value = section.number(key, 1, kMost);
    for (const auto& [key, value] : corrections)
        *value = section.number(key, 0, kMost);
    section.finish();
    return t;
}

EnergyConstants read_energy(Section section) {
    constexpr double kMost = 1e6;
    const EnergyConstants energy{.mac_int8_pj = section.real("mac_int8_pj", 0, kMost),
                                 .mac_int16_pj = section.real("mac_int16_pj", 0, kMost),
                                 .mac_fp16_pj = section.real("mac_fp16_pj", 0, kMost),
                                 .sram_byte_pj = section.real("sram_byte_pj", 0, kMost),
                                 .dram_byte_pj = section.real("dram_byte_pj", 0, kMost)};
    section.finish();
    return energy;
}

MemoryPort read_port(Section section, bool present) {
    const MemoryPort port{
        .width_bytes = present ? section.power_of_two("width_bytes", 8, 64)
                               : section.number("width_bytes", 0, 0),
        .max_burst_beats = section.number("max_burst_beats", present ? 1 : 0, 16)};
    section.finish();
    return port;
}

HardwareConfig read_config(Section root) {
    HardwareConfig config{};
    config.name = root.text("name");
    config.summary = root.text("summary");
    config.address_map = root.choice("address_map", {"nv_full", "nv_small"}) == "nv_full"
                             ? regs::AddressMap::kNvFull
                             : regs::AddressMap::kNvSmall;
    const auto precisions = root.list("precisions", {"int8", "int16", "fp16"});
    Section atoms = root.section("atoms");
    config.atomic_c = atoms.power_of_two("c", 8, 64);
    config.atomic_k = atoms.power_of_two("k", 8, 32);
    config.memory_atom_bytes = atoms.power_of_two("memory_bytes", 8, 32);
    atoms.finish();
    Section cbuf = root.section("cbuf");
    config.cbuf.banks = cbuf.number("banks", 2, 32);
    config.cbuf.entries_per_bank = cbuf.power_of_two("entries_per_bank", 16, 4096);
    config.cbuf.entry_bytes = cbuf.power_of_two("entry_bytes", 8, 128);
    config.cbuf.flush_cycles = cbuf.number("flush_cycles", 1, 1u << 20);
    cbuf.finish();
    config.features = read_features(root.section("features"), precisions);
    Section throughput = root.section("throughput");
    config.throughput.sdp_bs = throughput.number("sdp_bs", 1, 32);
    config.throughput.sdp_bn = throughput.number("sdp_bn", 1, 32);
    config.throughput.sdp_ew = throughput.number("sdp_ew", 0, 32);
    config.throughput.pdp = throughput.number("pdp", 1, 32);
    config.throughput.cdp = throughput.number("cdp", 1, 32);
    throughput.finish();
    Section ports = root.section("ports");
    config.primary = read_port(ports.section("primary"), true);
    config.secondary = read_port(ports.section("secondary"), config.features.second_memory);
    config.address_bits = ports.number("address_bits", 32, 64);
    ports.finish();
    config.pdp_line_buffer = root.number("pdp_line_buffer", 8, 8192);
    config.clock_mhz = root.real("clock_mhz", 1, 10000);
    config.timing = read_timing(root.section("timing"));
    config.energy = read_energy(root.section("energy"));
    root.finish();
    return config;
}

}  // namespace

bool HardwareConfig::has_unit(std::string_view unit) const {
    if (unit == "CFGROM") return features.cfgrom;
    if (unit == "CVIF") return features.second_memory;
    if (unit == "BDMA") return features.bdma;
    if (unit == "RBK") return features.rubik;
    return regs::find_unit(unit) != nullptr;
}

Result<HardwareConfig> parse_config(const std::string& yaml_text, const std::string& where) {
    try {
        return read_config(Section(YAML::Load(yaml_text), where, ""));
    } catch (const ConfigError& error) {
        return fail(error.what());
    } catch (const YAML::Exception& error) {
        return fail(fmt::format("{}:{}:{}: not YAML: {}", where, error.mark.line + 1,
                                error.mark.column + 1, error.msg));
    }
}

Result<HardwareConfig> load_config(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
        return fail(fmt::format("{}: cannot be read as a configuration file", path));
    }
    return parse_config(text.str(), path);
}

std::vector<std::string> builtin_config_names() {
    std::vector<std::string> names;
    for (const BuiltinConfig& config : builtin_configs())
        names.emplace_back(config.name);
    return names;
}

Result<HardwareConfig> builtin_config(std::string_view name) {
    for (const BuiltinConfig& config : builtin_configs()) {
        if (name == config.name) return parse_config(config.yaml, fmt::format("{}.yaml", name));
    }
    return fail(fmt::format("'{}' is not a configuration; there are {}", name,
                            fmt::join(builtin_config_names(), ", ")));
}

}  // namespace dla
