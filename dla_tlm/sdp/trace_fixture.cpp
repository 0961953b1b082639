// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/trace_fixture.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "dla_regs/sdp_rdma_regs.hpp"
#include "dla_regs/sdp_regs.hpp"
#include "dla_tlm/sdp/sdp_decode.hpp"
#include "dla_tlm/sdp/sdp_memory.hpp"
#include "trace-tests/format/data_file.hpp"
#include "trace-tests/format/load_trace.hpp"

namespace dla::sdp {
namespace {

std::string trace_path(const std::string& folder) {
    namespace fs = std::filesystem;
    const fs::path txn = fs::path(folder) / "input.txn";
    return fs::exists(txn) ? txn
                           : fs::path(folder) / (fs::path(folder).filename().string() + ".cfg");
}

std::uint8_t filling(trace::Pattern pattern, std::uint64_t address) {
    switch (pattern) {
        case trace::Pattern::kOnes:
            return 0xff;
        case trace::Pattern::kAfive:
            return 0xa5;
        case trace::Pattern::kFivea:
            return 0x5a;
        case trace::Pattern::kAddress:
            return static_cast<std::uint8_t>(address);
        default:
            return 0;
    }
}

}  // namespace

TraceFixture::TraceFixture(const std::string& folder, const std::string& config_name,
                           ProcessFunction process)
    : folder_(folder),
      config_(*builtin_config(config_name)),
      process_(process),
      sdp_(regs::sdp::kRegisters, config_.address_map),
      rdma_(regs::sdp_rdma::kRegisters, config_.address_map),
      lut_(lut::LutPort::kSdp) {}

void TraceFixture::fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
}

std::string TraceFixture::play() {
    auto loaded = trace::load_trace(trace_path(folder_), config_.address_map);
    if (!loaded) return loaded.error().message;
    trace_ = std::move(*loaded);
    for (const trace::Statement& statement : trace_.statements)
        std::visit([this](const auto& action) { act(action); }, statement.action);
    for (const trace::CheckCrc& check : checks_) {
        const std::uint32_t found = trace::crc32(memory_.bytes(check.address, check.size));
        if (found != check.crc) {
            fail(fmt::format("checksum of 0x{:x} bytes at 0x{:x} is {:08x}, expected {:08x}",
                             check.size, check.address, found, check.crc));
        }
    }
    if (layers_ == 0) fail("no layer ran");
    return failure_;
}

void TraceFixture::act(const trace::LoadMemory& load) {
    const auto result = trace::read_data(
        trace_.files[load.file].path, trace_.dialect, load.size,
        [&](std::uint64_t offset, std::span<const std::uint8_t> bytes) {
            memory_.write({MemoryClient::kSdp, Ram::kPrimary, load.address + offset, ""}, bytes);
        });
    if (!result) fail(result.error().message);
}

void TraceFixture::act(const trace::FillMemory& fill) {
    if (fill.pattern == trace::Pattern::kAllZero) {
        memory_.clear(fill.address, fill.size);
        return;
    }
    for (std::uint64_t place = fill.address; place < fill.address + fill.size; ++place)
        memory_.at(place) = filling(fill.pattern, place);
}

void TraceFixture::act(const trace::CompareMemory& compare) {
    const auto found = memory_.bytes(compare.address, compare.size);
    const std::string& path = trace_.files[compare.file].path;
    const auto result =
        trace::read_data(path, trace_.dialect, compare.size,
                         [&](std::uint64_t offset, std::span<const std::uint8_t> bytes) {
                             for (std::size_t i = 0; i < bytes.size(); ++i) {
                                 if (found[offset + i] == bytes[i]) continue;
                                 fail(fmt::format("byte 0x{:x} is {:02x}, expected {:02x} as in {}",
                                                  offset + i, found[offset + i], bytes[i], path));
                             }
                         });
    if (!result) fail(result.error().message);
}

void TraceFixture::act(const trace::CheckCrc& check) {
    checks_.push_back(check);
}

void TraceFixture::act(const trace::WriteRegister& write) {
    const auto place = regs::find_register(config_.address_map, write.address);
    if (!place) return;
    const std::string_view unit = place->unit->name;
    const std::uint32_t offset = place->info->offset;
    if (unit == "SDP_RDMA") {
        rdma_.write(offset, write.value);
    } else if (unit == "SDP") {
        sdp_.write(offset, write.value);
        if (offset == regs::sdp::SLutAccessCfg::kRegister.offset)
            lut_.write_access_cfg(write.value);
        if (offset == regs::sdp::SLutAccessData::kRegister.offset)
            lut_.write_access_data(write.value);
    }
    run_ready_layers();
}

void TraceFixture::run_ready_layers() {
    while (sdp_.enabled(sdp_.consumer())) {
        const SdpOp op = decode(sdp_, sdp_.consumer(), config_);
        if (op.needs_rdma() && !rdma_.enabled(rdma_.consumer())) return;
        run_layer(sdp_.consumer());
        sdp_.complete();
        if (op.needs_rdma()) rdma_.complete();
    }
}

void TraceFixture::run_layer(unsigned group) {
    const SdpOp op = decode(sdp_, group, config_);
    const SdpRdmaOp rdma = decode_rdma(rdma_, rdma_.consumer(), config_);
    for (const std::string& why :
         {why_not(op, config_), why_not(rdma, config_), why_not_together(op, rdma)}) {
        if (!why.empty()) return fail("refused: " + why);
    }
    LayerReader reader(rdma, memory_);
    LayerWriter writer(op, memory_);
    const unsigned step = lines_per_chunk(op.shape);
    for (unsigned surface = 0; surface < op.shape.surfaces(); ++surface) {
        for (unsigned line = 0; line < op.shape.height; line += step) {
            const Lines lines{surface, line, std::min(step, op.shape.height - line), 0};
            process_(op, lut_.tables(), reader.read(lines), writer.buffer(lines, false), counters_);
            writer.write(lines);
        }
    }
    ++layers_;
}

}  // namespace dla::sdp
