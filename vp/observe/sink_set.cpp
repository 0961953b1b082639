// SPDX-License-Identifier: Apache-2.0
#include "vp/observe/sink_set.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "dla_tlm/common/file_error.hpp"
#include "vp/observe/csv_sink.hpp"
#include "vp/observe/html_report.hpp"
#include "vp/observe/perfetto_sink.hpp"
#include "vp/observe/vcd_sink.hpp"
#include "vp/own_file.hpp"

namespace dla::vp {
namespace {

std::unique_ptr<FileSink> make_sink(const SinkOption& option, SinkContext context) {
    switch (option.kind) {
        case SinkKind::kLog:
            return std::make_unique<LogSink>(std::move(context), option.level);
        case SinkKind::kPerfetto:
            return std::make_unique<PerfettoSink>(std::move(context));
        case SinkKind::kVcd:
            return std::make_unique<VcdSink>(std::move(context));
        case SinkKind::kCsv:
            return std::make_unique<CsvSink>(std::move(context));
        case SinkKind::kHtml:
            break;
    }
    return std::make_unique<HtmlReport>(std::move(context));
}

}  // namespace

void add_sink_options(CLI::App& command, std::vector<std::string>& options) {
    command
        .add_option("--trace", options,
                    "SINK=FILE[:FILTER], sinks log, perfetto, vcd, csv, html; FILTER: units, for "
                    "log also error, info or debug; %n in FILE is the run's name; may be repeated")
        ->allow_extra_args(false);
}

void add_record_options(CLI::App& command, RecordOption& option) {
    command.add_option("--record", option.folder,
                       "write the run as a trace for dla-vp trace below this folder");
    command.add_option("--record-dialect", option.dialect, "of the trace of --record")
        ->check(CLI::IsMember({"txn", "cfg"}))
        ->capture_default_str();
}

Result<void> check_sinks(const std::vector<std::string>& options, std::size_t runs) {
    for (const std::string& text : options) {
        const auto option = parse_sink(text);
        if (!option) return tl::unexpected(option.error());
        if (runs > 1 && file_for(option->file, "") == option->file)
            return fail(
                fmt::format("--trace {}: {} runs would write the same file; put %n, the "
                            "name of the run, into it",
                            text, runs));
    }
    return {};
}

Result<SinkSet> SinkSet::open(const std::vector<std::string>& options, const std::string& run,
                              const HardwareConfig& config, const RecordOption& record) {
    SinkSet set;
    if (!record.folder.empty()) {
        // TRACE may have dots as well.
        const bool named = run.starts_with(config.name + '.');
        const std::string trace = named ? run.substr(config.name.size() + 1) : run;
        if (auto inside = stays_below(record.folder, {config.name, trace}); !inside)
            return fail("--record: " + inside.error().message);
        set.record_folder_ = fmt::format("{}/{}/{}", record.folder, config.name, trace);
        set.record_dialect_ = record.dialect == "cfg" ? RecordDialect::kCfg : RecordDialect::kTxn;
        set.recorder_ = std::make_unique<Recorder>(config);
    }
    for (const std::string& text : options) {
        const auto option = parse_sink(text);
        if (!option) return tl::unexpected(option.error());
        if (auto added = set.add(*option, run, config); !added)
            return tl::unexpected(added.error());
    }
    return set;
}

Result<void> SinkSet::add(const SinkOption& option, const std::string& run,
                          const HardwareConfig& config) {
    Entry entry{.path = file_for(option.file, run), .file = {}, .sink = {}};
    std::error_code ignored;  // what cannot be made shows when the file is opened
    std::filesystem::create_directories(std::filesystem::path(entry.path).parent_path(), ignored);
    errno = 0;
    entry.file = std::make_unique<std::ofstream>(entry.path, std::ios::binary);
    if (!*entry.file) return file_error("--trace " + entry.path, "cannot be written");
    entry.sink = make_sink(option, {*entry.file, config, option.filter, run});
    entries_.push_back(std::move(entry));
    return {};
}

void SinkSet::attach(EventStream& events) {
    for (const Entry& entry : entries_)
        events.attach(*entry.sink);
    if (recorder_) events.attach(*recorder_);
}

Result<void> SinkSet::finish() {
    for (const Entry& entry : entries_) {
        errno = 0;
        entry.sink->finish();
        entry.file->close();
        if (!*entry.file) return file_error("--trace " + entry.path, "cannot be written");
    }
    return recorder_ ? recorder_->write(record_folder_, record_dialect_) : Result<void>{};
}

}  // namespace dla::vp
