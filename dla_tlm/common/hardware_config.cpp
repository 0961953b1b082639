// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/common/hardware_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dla_tlm/common/builtin_configs.hpp"
#include "dla_tlm/common/yaml_section.hpp"

namespace dla {
namespace {

Features read_features(YamlSection section, const std::vector<std::string>& precisions) {
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

TimingConstants read_timing(YamlSection section) {
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
        {"cdp_bypass_last_piece_cycles", &t.cdp_bypass_last_piece_cycles},
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

EnergyConstants read_energy(YamlSection section) {
    constexpr double kMost = 1e6;
    const EnergyConstants energy{.mac_int8_pj = section.real("mac_int8_pj", 0, kMost),
                                 .mac_int16_pj = section.real("mac_int16_pj", 0, kMost),
                                 .mac_fp16_pj = section.real("mac_fp16_pj", 0, kMost),
                                 .sram_byte_pj = section.real("sram_byte_pj", 0, kMost),
                                 .dram_byte_pj = section.real("dram_byte_pj", 0, kMost)};
    section.finish();
    return energy;
}

MemoryPort read_port(YamlSection section, bool present) {
    const MemoryPort port{
        .width_bytes = present ? section.power_of_two("width_bytes", 8, 64)
                               : section.number("width_bytes", 0, 0),
        .max_burst_beats = section.number("max_burst_beats", present ? 1 : 0, 16)};
    section.finish();
    return port;
}

HardwareConfig read_config(YamlSection root) {
    HardwareConfig config{};
    config.name = root.file_name("name");
    config.summary = root.text("summary");
    config.address_map = root.choice("address_map", {"nv_full", "nv_small"}) == "nv_full"
                             ? regs::AddressMap::kNvFull
                             : regs::AddressMap::kNvSmall;
    const auto precisions = root.list("precisions", {"int8", "int16", "fp16"});
    YamlSection atoms = root.section("atoms");
    config.atomic_c = atoms.power_of_two("c", 8, 64);
    config.atomic_k = atoms.power_of_two("k", 8, 32);
    config.memory_atom_bytes = atoms.power_of_two("memory_bytes", 8, 32);
    atoms.finish();
    YamlSection cbuf = root.section("cbuf");
    config.cbuf.banks = cbuf.number("banks", 2, 32);
    config.cbuf.entries_per_bank = cbuf.power_of_two("entries_per_bank", 16, 4096);
    config.cbuf.entry_bytes = cbuf.power_of_two("entry_bytes", 8, 128);
    config.cbuf.flush_cycles = cbuf.number("flush_cycles", 1, 1u << 20);
    cbuf.finish();
    config.features = read_features(root.section("features"), precisions);
    YamlSection throughput = root.section("throughput");
    config.throughput.sdp_bs = throughput.number("sdp_bs", 1, 32);
    config.throughput.sdp_bn = throughput.number("sdp_bn", 1, 32);
    config.throughput.sdp_ew = throughput.number("sdp_ew", 0, 32);
    config.throughput.pdp = throughput.number("pdp", 1, 32);
    config.throughput.cdp = throughput.number("cdp", 1, 32);
    throughput.finish();
    YamlSection ports = root.section("ports");
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
    return parse_yaml<HardwareConfig>(yaml_text, where, read_config);
}

Result<HardwareConfig> load_config(const std::string& path) {
    const Result<std::string> text = read_text(path, "a configuration file");
    if (!text) return tl::unexpected(text.error());
    return parse_config(*text, path);
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
