// SPDX-License-Identifier: Apache-2.0
// A line per finished hardware layer, for spreadsheets.
#pragma once

#include "vp/observe/file_sink.hpp"

namespace dla::vp {

class CsvSink : public FileSink {
  public:
    explicit CsvSink(SinkContext context);
    void on_operation_end(const OperationEvent& event) override;
};

}  // namespace dla::vp
