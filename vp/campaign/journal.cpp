// SPDX-License-Identifier: Apache-2.0
#include "vp/campaign/journal.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "dla_tlm/common/file_error.hpp"
#include "vp/own_file.hpp"

namespace dla::vp::campaign {

Result<Journal> Journal::open(const std::string& path, const std::string& identity) {
    Journal journal;
    journal.path_ = path;
    if (auto done = journal.read(identity); !done) return tl::unexpected(done.error());
    // Anew: without what a kill cut off.
    std::string text = identity + '\n';
    for (const auto& [run, record] : journal.records_)
        text += record.json() + '\n';
    if (auto done = replace_file(path, {{text.data(), text.size()}}); !done)
        return fail("--journal " + done.error().message);
    errno = 0;
    journal.file_.open(path, std::ios::app);
    if (!journal.file_) return file_error("--journal " + path, "cannot be written");
    return journal;
}

Result<void> Journal::read(const std::string& identity) {
    std::ifstream file(path_);
    std::string line;
    if (!file || !std::getline(file, line)) return {};
    if (line != identity && !file.eof())
        return fail(fmt::format(
            "--journal {}: the file is of another campaign; choose another file or remove it.\n"
            "It says:  {}\nnow it is: {}",
            path_, line, identity));
    while (std::getline(file, line)) {
        auto record = RunRecord::parse(line);
        if (record) records_.insert_or_assign(record->run, std::move(*record));
    }
    return {};
}

Result<void> Journal::add(RunRecord record) {
    errno = 0;
    file_ << record.json() << '\n';
    file_.flush();
    if (!file_) return file_error("--journal " + path_, "cannot be written any more");
    records_.insert_or_assign(record.run, std::move(record));
    return {};
}

}  // namespace dla::vp::campaign
