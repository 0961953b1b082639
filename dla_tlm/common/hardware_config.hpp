// SPDX-License-Identifier: Apache-2.0
// One hardware configuration in plain numbers, read from configs/*.yaml. spec: configurations.md.
//
//   auto config = builtin_config("nv_small");
//   auto mine = load_config("my_dla.yaml");        // names file, line, field and legal range
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dla_tlm/common/register_catalogue.hpp"
#include "dla_tlm/common/result.hpp"

namespace dla {

// Register encoding of every precision field.
enum class Precision : std::uint8_t { kInt8 = 0, kInt16 = 1, kFp16 = 2 };

constexpr unsigned bytes_per_element(Precision precision) {
    return precision == Precision::kInt8 ? 1 : 2;
}

struct CbufGeometry {
    unsigned banks;
    unsigned entries_per_bank;  // as counted by software
    unsigned entry_bytes;
    unsigned flush_cycles;  // core clocks from reset until FLUSH_DONE
};

struct Features {
    bool int16;
    bool fp16;
    bool winograd;
    bool weight_compression;
    unsigned batch_max;  // 1: no multi-batch
    bool bdma;
    bool rubik;
    bool second_memory;
    bool sdp_ew;
    bool sdp_lut;
    bool cfgrom;
};

struct MemoryPort {
    unsigned width_bytes;
    unsigned max_burst_beats;
};

// Elements per cycle.
struct Throughput {
    unsigned sdp_bs;
    unsigned sdp_bn;
    unsigned sdp_ew;  // 0: no such unit
    unsigned pdp;
    unsigned cdp;
};

// Hardware quantities behind the cycle counts. spec: timing.md section 2, same symbols.
struct TimingConstants {
    bool calibrated;                   // false: from structure, no RTL runs
    unsigned outstanding_reads;        // OS
    unsigned first_weight_request;     // Tw
    unsigned first_feature_request;    // Td, feature data
    unsigned first_image_request;      // Td, image data
    unsigned cacc_credits;             // cred, output pixels
    unsigned cycles_per_pixel;         // px, CACC to SDP
    unsigned sdp_after_cacc;           // tS
    unsigned sdp_cycles_per_atom;      // aS
    unsigned sdp_constant;             // kS
    unsigned pdp_cycles_per_atom;      // aP
    unsigned pdp_constant;             // kP
    unsigned sdp_to_pdp_constant;      // kF
    unsigned cdp_cycles_per_atom;      // aC
    unsigned cdp_constant;             // k0
    unsigned cdp_last_piece_cycles;    // kw
    unsigned cdp_piece_switch_cycles;  // v
    unsigned cdp_cycles_per_piece;     // 1 where every full piece costs one more cycle (n8), else 0
    unsigned cdp_bypass_constant;      // the same three with the square sum bypassed: k0,
    unsigned cdp_bypass_last_piece_cycles;  // and kw; v is 0
    unsigned sdp_prefetch_beats;            // FS
    unsigned operand_prefetch_beats;        // FO
    unsigned pdp_prefetch_beats;            // FP
    unsigned cdp_prefetch_beats;            // FC
    unsigned pdp_round_trip;                // xP
    unsigned cdp_round_trip;                // xC
    unsigned operand_prefetch_ahead;  // beats of operands fetched before weights and data (4.3.4)
    unsigned feature_tail_saving;     // master builds: 5 cycles less in CDMA_DAT's tail (4.2)
    unsigned stripe_pixels;           // output pixels of a full feature stripe (4.1)
    unsigned least_operation_cycles;  // of one MAC operation: loading its weights
    unsigned first_rdma_request;      // of SDP, PDP and CDP read engines
    unsigned sdp_to_pdp_output;       // CACC done to SDP's last output on the fly to PDP (4.5)
    unsigned csc_layer_gap;  // last to first MAC cycle of two layers, less the stripe (4.6)
};

struct EnergyConstants {
    double mac_int8_pj;
    double mac_int16_pj;
    double mac_fp16_pj;
    double sram_byte_pj;
    double dram_byte_pj;
};

struct HardwareConfig {
    std::string name;
    std::string summary;
    regs::AddressMap address_map;
    unsigned atomic_c;           // channels of one MAC operation (Cb)
    unsigned atomic_k;           // kernels per group, int8 (Kg)
    unsigned memory_atom_bytes;  // M
    CbufGeometry cbuf;
    Features features;
    Throughput throughput;
    MemoryPort primary;
    MemoryPort secondary;  // width 0: no second port
    unsigned address_bits;
    unsigned pdp_line_buffer;  // greatest output width of one split, kernel height <= stride
    double clock_mhz;
    TimingConstants timing;
    EnergyConstants energy;

    unsigned kernels_per_group(Precision precision) const {
        return precision == Precision::kInt8 || !features.int16 ? atomic_k : atomic_k / 2;
    }
    unsigned elements_per_atom(Precision precision) const {
        return memory_atom_bytes / bytes_per_element(precision);
    }
    bool has_precision(Precision precision) const {
        return precision == Precision::kInt8 ||
               (precision == Precision::kInt16 ? features.int16 : features.fp16);
    }
    // Whether the hardware contains the unit (names as in the register catalogue).
    bool has_unit(std::string_view unit) const;
};

// Names of the configurations that are built in, in a fixed order.
std::vector<std::string> builtin_config_names();
Result<HardwareConfig> builtin_config(std::string_view name);
Result<HardwareConfig> load_config(const std::string& path);
// where: what to call the text in messages.
Result<HardwareConfig> parse_config(const std::string& yaml_text, const std::string& where);

}  // namespace dla
