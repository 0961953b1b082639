// SPDX-License-Identifier: Apache-2.0
#include "trace-tests/format/load_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "trace-tests/format/data_file.hpp"
#include "trace-tests/format/mapped_file.hpp"
#include "trace-tests/format/trace_check.hpp"

namespace dla::trace {
namespace {

std::string trace_name(const std::filesystem::path& path) {
    std::string stem = path.stem().string();
    if (stem != "input") return stem;
    return std::filesystem::absolute(path).lexically_normal().parent_path().filename().string();
}

// The greatest number of bytes any statement takes from each file.
std::vector<std::uint64_t> needed_bytes(const Trace& trace) {
    const bool whole_file = trace.dialect == Dialect::kCfg;
    std::vector<std::uint64_t> needed(trace.files.size(), whole_file ? kMaxRegionBytes : 0);
    const auto note = [&](std::uint32_t file, std::uint64_t size) {
        needed[file] = std::max(needed[file], size);
    };
    for (const Statement& statement : trace.statements) {
        if (const auto* load = std::get_if<LoadMemory>(&statement.action))
            note(load->file, load->size);
        if (const auto* dump = std::get_if<CompareMemory>(&statement.action))
            note(dump->file, dump->size);
    }
    return needed;
}

Result<void> check_transfer(const Trace& trace, const Statement& statement, std::uint32_t file,
                            std::uint64_t size) {
    const DataFile& data = trace.files[file];
    if (data.extent >= size) return {};
    return fail(fmt::format("{}: 0x{:x} bytes wanted, but {} holds 0x{:x}", trace.place(statement),
                            size, data.name, data.extent));
}

// Reads every data file once, so that a damaged one is found before the simulation.
Result<void> check_data_files(Trace& trace) {
    const auto needed = needed_bytes(trace);
    for (std::size_t i = 0; i < trace.files.size(); ++i) {
        const auto extent = read_data(trace.files[i].path, trace.dialect, needed[i],
                                      [](std::uint64_t, std::span<const std::uint8_t>) {});
        if (!extent) return fail(extent.error().message);
        trace.files[i].extent = *extent;
    }
    for (Statement& statement : trace.statements) {
        Result<void> fits;
        if (auto* load = std::get_if<LoadMemory>(&statement.action)) {
            if (trace.dialect == Dialect::kCfg) load->size = trace.files[load->file].extent;
            if (load->size == 0)
                return fail(fmt::format("{}: holds no data", trace.files[load->file].path));
            fits = check_transfer(trace, statement, load->file, load->size);
        } else if (auto* fill = std::get_if<FillMemory>(&statement.action)) {
            if (fill->extent_of != kNoFile) fill->size = trace.files[fill->extent_of].extent;
        } else if (auto* dump = std::get_if<CompareMemory>(&statement.action)) {
            fits = check_transfer(trace, statement, dump->file, dump->size);
        }
        if (!fits) return fits;
    }
    return {};
}

Result<Options> load_options(const Trace& trace) {
    const std::string path = trace.folder() + "plusargs.txt";
    if (trace.dialect != Dialect::kTxn || !std::filesystem::exists(path)) return Options{};
    const auto file = MappedFile::open(path);
    if (!file) return fail(file.error().message);
    return parse_options(file->text(), path);
}

}  // namespace

Result<Trace> load_trace(const std::string& path, regs::AddressMap map) {
    const bool txn = path.ends_with(".txn");
    if (!txn && !path.ends_with(".cfg"))
        return fail(fmt::format("{}: not a trace, the name must end in .txn or .cfg", path));
    const auto file = MappedFile::open(path);
    if (!file) return fail(file.error().message);
    auto trace = txn ? parse_txn(file->text(), path, map) : parse_cfg(file->text(), path, map);
    if (!trace) return trace;
    trace->name = trace_name(path);
    auto options = load_options(*trace);
    if (!options) return fail(options.error().message);
    trace->options = *options;
    if (trace->statements.empty()) return fail(fmt::format("{}: no statement in this trace", path));
    if (const auto whole = check_trace(*trace, file->text()); !whole)
        return fail(whole.error().message);
    if (const auto data = check_data_files(*trace); !data) return fail(data.error().message);
    return trace;
}

}  // namespace dla::trace
