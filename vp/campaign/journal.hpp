// SPDX-License-Identifier: Apache-2.0
// The file of a campaign's finished runs: a line that says what the campaign is, then a line per
// run, written as it ends. A line that was cut off by a kill is forgotten.
//
//   auto journal = Journal::open("campaign.jsonl", identity);
//   journal->records();  journal->add(record);
#pragma once

#include <fstream>
#include <map>
#include <string>

#include "vp/campaign/campaign.hpp"

namespace dla::vp::campaign {

class Journal {
  public:
    // Goes on with a file of the same identity (one line), refuses another campaign's.
    static Result<Journal> open(const std::string& path, const std::string& identity);

    const std::map<std::size_t, RunRecord>& records() const { return records_; }
    Result<void> add(RunRecord record);

  private:
    Result<void> read(const std::string& identity);

    std::string path_;
    std::ofstream file_;
    std::map<std::size_t, RunRecord> records_;
};

}  // namespace dla::vp::campaign
