// SPDX-License-Identifier: Apache-2.0
#include "dla_tlm/sdp/trace_fixture.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "dla_regs/sdp_rdma_regs.hpp"
#include "dla_regs/sdp_regs.hpp"
#include "dla_tlm/common/register_catalogue.hpp"
#include "dla_tlm/sdp/sdp_decode.hpp"
#include "dla_tlm/sdp/sdp_memory.hpp"

namespace dla::sdp {
namespace {

std::uint64_t number(const std::string& text) {
    return std::stoull(text, nullptr, 0);
}

std::vector<std::uint8_t> values_after(const std::string& line, std::size_t begin) {
    std::vector<std::uint8_t> values;
    std::istringstream words(line.substr(begin));
    for (std::string word; words >> word;) {
        if (word.rfind("0x", 0) == 0) values.push_back(static_cast<std::uint8_t>(number(word)));
    }
    return values;
}

// Both .dat dialects: lines of bytes, or records with an offset.
std::map<std::uint64_t, std::uint8_t> read_dat(const std::string& path) {
    std::map<std::uint64_t, std::uint8_t> bytes;
    std::ifstream file(path);
    std::uint64_t place = 0;
    const std::regex record(R"(\{offset:(\w+),\s*size:\w+,\s*payload:)");
    for (std::string line; std::getline(file, line);) {
        std::smatch match;
        std::size_t begin = line.find_first_not_of(' ');
        if (std::regex_search(line, match, record)) {
            place = number(match[1]);
            begin = static_cast<std::size_t>(match.position(0) + match.length(0));
        } else if (begin == std::string::npos || line.compare(begin, 2, "0x") != 0) {
            continue;
        }
        for (const std::uint8_t value : values_after(line, begin))
            bytes[place++] = value;
    }
    return bytes;
}

std::uint32_t crc32(const std::vector<std::uint8_t>& bytes) {
    std::uint32_t crc = 0xffffffff;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

std::uint8_t pattern(const std::string& name, std::uint64_t address) {
    if (name == "ADDR") return static_cast<std::uint8_t>(address);
    if (name == "ONES") return 0xff;
    if (name == "AFIVE") return 0xa5;
    return name == "FIVEA" ? 0x5a : 0;
}

}  // namespace

void SparseMemory::read(const MemoryAccess& access, std::span<std::uint8_t> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto found = bytes_.find(access.address + i);
        bytes[i] = found == bytes_.end() ? std::uint8_t{0} : found->second;
    }
}

void SparseMemory::write(const MemoryAccess& access, std::span<const std::uint8_t> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes_[access.address + i] = bytes[i];
}

std::vector<std::uint8_t> SparseMemory::bytes(std::uint64_t address, std::size_t size) {
    std::vector<std::uint8_t> result(size);
    read({MemoryClient::kSdp, Ram::kPrimary, address, ""}, result);
    return result;
}

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
    namespace fs = std::filesystem;
    const fs::path txn = fs::path(folder_) / "input.txn";
    const bool is_txn = fs::exists(txn);
    const fs::path cfg = fs::path(folder_) / (fs::path(folder_).filename().string() + ".cfg");
    std::ifstream file(is_txn ? txn : cfg);
    if (!file) return "no trace in " + folder_;
    for (std::string line; std::getline(file, line);)
        is_txn ? play_txn_line(line) : play_cfg_line(line);
    for (const auto& check : checks_)
        check();
    if (layers_ == 0) fail("no layer ran");
    return failure_;
}

void TraceFixture::play_txn_line(const std::string& line) {
    std::istringstream words(line);
    std::string command, first, second, third;
    words >> command >> first >> second >> third;
    if (command == "load_mem") {
        load(number(first), third, number(second));
    } else if (command == "dump_mem") {
        compare(number(first), number(second), third);
    } else if (command == "write_reg") {
        const auto address = static_cast<std::uint32_t>((number(first) & 0xffff) * 4);
        const auto place = regs::find_register(config_.address_map, address);
        if (place) {
            write_register(place->unit->name, address & 0xfff,
                           static_cast<std::uint32_t>(number(second)));
        }
    }
}

void TraceFixture::play_cfg_line(const std::string& line) {
    static const std::regex kWrite(R"(^reg_write\(NVDLA_(\w+)\.(\w+)_0,\s*(\w+)\))");
    static const std::regex kLoad(R"re(^mem_load\(\w+, (\w+), "([^"]+)"\))re");
    static const std::regex kInit(R"(^mem_init\(\w+, (\w+), (\w+), (\w+)\))");
    static const std::regex kCheck(R"(^check_crc\(\w+, \w+, (\w+), (\w+), (\w+)\))");
    std::smatch match;
    if (std::regex_search(line, match, kWrite)) {
        const auto place = regs::find_register(config_.address_map, match[1].str(), match[2].str());
        if (place) {
            write_register(match[1], place->info->offset,
                           static_cast<std::uint32_t>(number(match[3])));
        }
    } else if (std::regex_search(line, match, kLoad)) {
        load(number(match[1]), match[2], SIZE_MAX);
    } else if (std::regex_search(line, match, kInit)) {
        const std::uint64_t base = number(match[1]);
        for (std::uint64_t i = 0; i < number(match[2]); ++i)
            memory_.at(base + i) = pattern(match[3], base + i);
    } else if (std::regex_search(line, match, kCheck)) {
        checks_.push_back([this, base = number(match[1]), size = number(match[2]),
                           crc = static_cast<std::uint32_t>(number(match[3]))] {
            compare_checksum(base, size, crc);
        });
    }
}

void TraceFixture::load(std::uint64_t address, const std::string& file, std::size_t limit) {
    for (const auto& [offset, value] : read_dat(folder_ + "/" + file)) {
        if (offset < limit) memory_.at(address + offset) = value;
    }
}

void TraceFixture::write_register(const std::string& unit, std::uint32_t offset,
                                  std::uint32_t value) {
    if (unit == "SDP_RDMA") {
        rdma_.write(offset, value);
    } else if (unit == "SDP") {
        sdp_.write(offset, value);
        if (offset == regs::sdp::SLutAccessCfg::kRegister.offset) lut_.write_access_cfg(value);
        if (offset == regs::sdp::SLutAccessData::kRegister.offset) lut_.write_access_data(value);
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
            process_(op, lut_.tables(), reader.read(lines), writer.buffer(lines.lines), counters_);
            writer.write(lines);
        }
    }
    input_.nan += reader.input().nan;
    input_.inf += reader.input().inf;
    ++layers_;
}

void TraceFixture::compare(std::uint64_t address, std::size_t size, const std::string& file) {
    const auto expected = read_dat(folder_ + "/" + file);
    const auto found = memory_.bytes(address, size);
    for (const auto& [offset, value] : expected) {
        if (offset < size && found[offset] != value) {
            return fail(fmt::format("byte 0x{:x} of {} is {:02x}, expected {:02x}", offset, file,
                                    found[offset], value));
        }
    }
}

void TraceFixture::compare_checksum(std::uint64_t address, std::size_t size,
                                    std::uint32_t expected) {
    const std::uint32_t found = crc32(memory_.bytes(address, size));
    if (found != expected) {
        fail(fmt::format("checksum of 0x{:x} bytes at 0x{:x} is {:08x}, expected {:08x}", size,
                         address, found, expected));
    }
}

}  // namespace dla::sdp
