// SPDX-License-Identifier: Apache-2.0
// What SDP cannot do. spec: sdp.md section 2, 4, 8; configurations.md section 1.
#include <fmt/format.h>

#include "dla_tlm/sdp/sdp_decode.hpp"

namespace dla::sdp {
namespace {

constexpr unsigned kWinogradTile = 4;

const char* name_of(Precision precision) {
    switch (precision) {
        case Precision::kInt8:
            return "int8";
        case Precision::kInt16:
            return "int16";
        case Precision::kFp16:
            return "fp16";
    }
    return "reserved code 3";
}

bool known(Precision precision) {
    return precision <= Precision::kFp16;
}

// What leaves the converter for a given processing precision.
bool convertible(Precision proc, Precision out) {
    switch (proc) {
        case Precision::kInt8:
            return out == Precision::kInt8 || out == Precision::kInt16;
        case Precision::kInt16:
            return out == Precision::kInt16 || out == Precision::kFp16;
        case Precision::kFp16:
            return out == Precision::kFp16 || out == Precision::kInt16;
    }
    return false;
}

std::string precision_problem(const char* field, Precision precision,
                              const HardwareConfig& config) {
    if (known(precision) && config.has_precision(precision)) return {};
    return fmt::format("{} is {} ({}), which {} does not process", field,
                       static_cast<unsigned>(precision), name_of(precision), config.name);
}

std::string alignment_problem(const char* reg, std::uint64_t value, unsigned unit) {
    if (value % unit == 0) return {};
    return fmt::format("{} is 0x{:x}, legal are multiples of {}", reg, value, unit);
}

// Checks in order; the first sentence wins.
class Findings {
  public:
    void add(std::string sentence) {
        if (first_.empty()) first_ = std::move(sentence);
    }
    void add_if(bool wrong, std::string_view sentence) {
        if (wrong) add(std::string(sentence));
    }
    std::string first() && { return std::move(first_); }

  private:
    std::string first_;
};

void check_shape(Findings& findings, const Shape& shape, const HardwareConfig& config) {
    findings.add(precision_problem("PROC_PRECISION", shape.proc, config));
    findings.add(precision_problem("OUT_PRECISION", shape.out, config));
    findings.add_if(!convertible(shape.proc, shape.out),
                    fmt::format("OUT_PRECISION is {} with PROC_PRECISION {}; legal are the same "
                                "precision, int8 to int16, int16 to fp16 and fp16 to int16",
                                name_of(shape.out), name_of(shape.proc)));
    findings.add_if(shape.winograd && !config.features.winograd,
                    "WINOGRAD is 1 in a configuration without Winograd, legal is 0");
    findings.add_if(shape.winograd && !shape.flying,
                    "WINOGRAD is 1 with FLYING_MODE 0; it needs data from CACC");
    findings.add_if(
        shape.winograd && (shape.width % kWinogradTile != 0 || shape.height % kWinogradTile != 0),
        fmt::format("WINOGRAD is 1 for a cube {} wide and {} high, legal are multiples of {}",
                    shape.width, shape.height, kWinogradTile));
    findings.add_if(shape.batches > config.features.batch_max,
                    fmt::format("BATCH_NUMBER is {} (value 0x{:x}), legal is at most {}",
                                shape.batches, shape.batches - 1, config.features.batch_max));
    findings.add_if(shape.batches > 1 && !shape.flying,
                    "BATCH_NUMBER is above 0 with FLYING_MODE 0; it needs data from CACC");
    findings.add_if(shape.proc != shape.out && (shape.winograd || shape.batches > 1),
                    "OUT_PRECISION differs from PROC_PRECISION with WINOGRAD or BATCH_NUMBER set");
}

void check_cube(Findings& findings, const char* name, const Cube& cube, bool strides,
                unsigned unit) {
    findings.add(
        alignment_problem(fmt::format("D_{}_BASE_ADDR_LOW", name).c_str(), cube.base, unit));
    if (!strides) return;
    findings.add(
        alignment_problem(fmt::format("D_{}_LINE_STRIDE", name).c_str(), cube.line_stride, unit));
    findings.add(alignment_problem(fmt::format("D_{}_SURFACE_STRIDE", name).c_str(),
                                   cube.surface_stride, unit));
}

void check_reader(Findings& findings, const char* name, const char* cfg,
                  const OperandReader& reader, const SdpRdmaOp& op) {
    if (!reader.enabled) return;
    findings.add_if(
        op.shape.proc == Precision::kFp16 && reader.value_bytes == 1,
        fmt::format("{}.DATA_SIZE is 0 (one byte) with PROC_PRECISION fp16, legal is 1", cfg));
    check_cube(findings, name, reader.cube, reader.per_element, op.shape.atom_bytes);
}

struct StageUse {
    const char* name;
    const char* reader_name;
    bool alu;
    bool mul;
};

template <class Stage>
StageUse use_of(const char* name, const char* reader_name, const Stage& stage) {
    return {name, reader_name, !stage.bypass && stage.alu && stage.alu_from_memory,
            !stage.bypass && stage.mul && stage.mul_from_memory};
}

std::string unfed(const StageUse& use, const OperandReader& reader) {
    const bool alu_missing = use.alu && !(reader.enabled && reader.feeds_alu);
    const bool mul_missing = use.mul && !(reader.enabled && reader.feeds_mul);
    if (!alu_missing && !mul_missing) return {};
    return fmt::format(
        "D_DP_{}_{}_CFG asks for an operand from memory that D_{}_CFG of SDP_RDMA "
        "does not fetch ({})",
        use.name, alu_missing ? "ALU" : "MUL", use.reader_name,
        reader.enabled ? "DATA_USE" : "DISABLE is 1");
}

}  // namespace

std::string why_not(const SdpOp& op, const HardwareConfig& config) {
    Findings findings;
    check_shape(findings, op.shape, config);
    const bool converts = op.shape.proc != op.shape.out;
    findings.add_if(op.to_pdp && converts,
                    "OUTPUT_DST is 1 (PDP) with OUT_PRECISION other than PROC_PRECISION");
    const bool special = op.shape.winograd || op.shape.batches > 1 || op.to_pdp || converts;
    findings.add_if(op.compares() && special,
                    "EW_ALU_ALGO is 3 (EQL) together with Winograd, batch, output to PDP or a "
                    "precision conversion");
    if (!op.to_pdp && !op.compares()) {
        check_cube(findings, "DST", op.dst, true, op.shape.atom_bytes);
        if (op.shape.batches > 1) {
            findings.add(
                alignment_problem("D_DST_BATCH_STRIDE", op.dst_batch_stride, op.shape.atom_bytes));
        }
    }
    return std::move(findings).first();
}

std::string why_not(const SdpRdmaOp& op, const HardwareConfig& config) {
    Findings findings;
    check_shape(findings, op.shape, config);
    if (!op.shape.flying) {
        findings.add(precision_problem("IN_PRECISION", op.in, config));
        const bool reblocks = op.in == Precision::kInt16 && op.shape.proc == Precision::kInt8;
        findings.add_if(op.in != op.shape.proc && !reblocks,
                        fmt::format("IN_PRECISION is {} with PROC_PRECISION {}; legal are the same "
                                    "precision and int16 with int8",
                                    name_of(op.in), name_of(op.shape.proc)));
        findings.add_if(reblocks && op.shape.out != Precision::kInt8,
                        "IN_PRECISION is int16 with PROC_PRECISION int8 and OUT_PRECISION other "
                        "than int8");
        check_cube(findings, "SRC", op.src, true, op.shape.atom_bytes);
    }
    check_reader(findings, "BS", "D_BRDMA_CFG", op.bs, op);
    check_reader(findings, "BN", "D_NRDMA_CFG", op.bn, op);
    check_reader(findings, "EW", "D_ERDMA_CFG", op.ew, op);
    return std::move(findings).first();
}

std::string why_not_together(const SdpOp& op, const SdpRdmaOp& rdma) {
    Findings findings;
    const Shape& a = op.shape;
    const Shape& b = rdma.shape;
    findings.add_if(a.width != b.width || a.height != b.height || a.channels != b.channels,
                    fmt::format("SDP is programmed for {} x {} x {} and SDP_RDMA for {} x {} x {}",
                                a.width, a.height, a.channels, b.width, b.height, b.channels));
    findings.add_if(
        a.flying != b.flying,
        fmt::format("FLYING_MODE is {:d} in SDP and {:d} in SDP_RDMA", a.flying, b.flying));
    findings.add_if(a.proc != b.proc, fmt::format("PROC_PRECISION is {} in SDP and {} in SDP_RDMA",
                                                  name_of(a.proc), name_of(b.proc)));
    findings.add(unfed(use_of("BS", "BRDMA", op.bs), rdma.bs));
    findings.add(unfed(use_of("BN", "NRDMA", op.bn), rdma.bn));
    findings.add(unfed(use_of("EW", "ERDMA", op.ew), rdma.ew));
    return std::move(findings).first();
}

}  // namespace dla::sdp
