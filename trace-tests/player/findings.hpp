// SPDX-License-Identifier: Apache-2.0
// What went wrong during a run, the first sentences in full and the rest as a number.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "dla_tlm/common/state_visitor.hpp"
#include "trace-tests/player/outcome.hpp"

namespace dla::trace {

class Findings {
  public:
    void fail(const std::string& message) { add(Verdict::kFail, message); }
    void hang(const std::string& message) { add(Verdict::kHang, message); }
    void error(const std::string& message) { add(Verdict::kError, message); }
    // Worth telling, changes nothing.
    void note(const std::string& message) { append(message); }

    Verdict verdict() const { return verdict_; }
    std::string text() const {
        if (left_out_ == 0) return text_;
        return text_ + "\n... and " + std::to_string(left_out_) + " more";
    }

    void visit_state(StateVisitor& state) {
        state.value("verdict", verdict_);
        state.numbers("findings", text_);
        state.value("sentences", sentences_);
        state.value("sentences left out", left_out_);
    }

  private:
    static constexpr std::size_t kSentences = 20;

    void add(Verdict verdict, const std::string& message) {
        verdict_ = std::max(verdict_, verdict);
        append(message);
    }
    void append(const std::string& message) {
        if (++sentences_ > kSentences) {
            ++left_out_;
            return;
        }
        if (!text_.empty()) text_ += '\n';
        text_ += message;
    }

    Verdict verdict_ = Verdict::kPass;
    std::string text_;
    std::size_t sentences_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace dla::trace
