// SPDX-License-Identifier: Apache-2.0
// The sinks that the command line asked for, attached to one DLA.
//
//   std::vector<std::string> texts;
//   add_sink_options(*command, texts);                       // --trace SINK=FILE[:FILTER]
//   auto sinks = SinkSet::open(texts, "lenet", config);      // one run; errors are the user's
//   sinks->attach(dla.events());
//   sc_core::sc_start();
//   if (auto done = sinks->finish(); !done) ...
#pragma once

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "vp/observe/recorder.hpp"
#include "vp/observe/sink_option.hpp"

namespace dla::vp {

void add_sink_options(CLI::App& command, std::vector<std::string>& options);

// --record and --record-dialect.
struct RecordOption {
    std::string folder{};  // of recorded traces, may be empty
    std::string dialect = "txn";
};
void add_record_options(CLI::App& command, RecordOption& option);

// Whether the options are legal for that many runs: several need %n in every file name.
Result<void> check_sinks(const std::vector<std::string>& options, std::size_t runs);

class SinkSet {
  public:
    // run: replaces %n in file names and is the title. A recorded trace goes to
    // FOLDER/CONFIGURATION/TRACE, TRACE being the last part of run. The configuration must outlive
    // the set.
    static Result<SinkSet> open(const std::vector<std::string>& options, const std::string& run,
                                const HardwareConfig& config, const RecordOption& record = {});

    void attach(EventStream& events);
    // Writes what is left; names the file that could not be written.
    Result<void> finish();

  private:
    struct Entry {
        std::string path;
        std::unique_ptr<std::ofstream> file;
        std::unique_ptr<FileSink> sink;
    };

    Result<void> add(const SinkOption& option, const std::string& run,
                     const HardwareConfig& config);

    std::vector<Entry> entries_;
    std::string record_folder_;
    RecordDialect record_dialect_ = RecordDialect::kTxn;
    std::unique_ptr<Recorder> recorder_;
};

}  // namespace dla::vp
