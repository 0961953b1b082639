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
void add_record_option(CLI::App& command, std::string& folder);

// Whether the options are legal for that many runs: several need %n in every file name.
Result<void> check_sinks(const std::vector<std::string>& options, std::size_t runs);

class SinkSet {
  public:
    // run: replaces %n in file names and is the title. record: folder of recorded traces, may be
    // empty; the run's trace goes to RECORD/CONFIGURATION/TRACE, TRACE being the last part of run.
    // The configuration must outlive the set.
    static Result<SinkSet> open(const std::vector<std::string>& options, const std::string& run,
                                const HardwareConfig& config, const std::string& record = "");

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
    std::unique_ptr<Recorder> recorder_;
};

}  // namespace dla::vp
