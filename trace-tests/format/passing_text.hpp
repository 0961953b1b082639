// SPDX-License-Identifier: Apache-2.0
// Text that is read once from front to back. What lies behind the reader is given back piece by
// piece, so that a mapped file of any size takes a few MiB of memory.
//
//   PassingText text(file.text(), [&](std::size_t bytes) { file.give_back(bytes); });
//   for (const char* at = text.begin(); at < text.end(); at = text.find_line_end(at) + 1) ...
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace dla::trace {

class PassingText {
  public:
    // So many bytes from the beginning have been read; reading them again is legal but slow.
    using GiveBack = std::function<void(std::size_t bytes)>;

    explicit PassingText(std::string_view text, GiveBack give_back = {})
        : begin_(text.data()),
          end_(begin_ + text.size()),
          kept_(begin_),
          give_back_(std::move(give_back)) {}

    const char* begin() const { return begin_; }
    const char* end() const { return end_; }

    void passed(const char* at) {
        if (at - kept_ >= kPiece) give_back(at);
    }
    // The next '\n', or the end.
    const char* find_line_end(const char* at) {
        while (at < end_) {
            const char* const stop = at + std::min(kPiece, end_ - at);
            const char* const found = std::find(at, stop, '\n');
            if (found != stop) return found;
            at = stop;
            passed(at);
        }
        return at;
    }
    // Beginning with 1.
    std::uint64_t line_of(const char* at) const {
        const bool kept = at >= kept_;
        const auto lines = std::count(kept ? kept_ : begin_, at, '\n');
        return 1 + (kept ? lines_ : 0) + static_cast<std::uint64_t>(lines);
    }

  private:
    static constexpr std::ptrdiff_t kPiece = 1 << 20;

    void give_back(const char* at) {
        lines_ += static_cast<std::uint64_t>(std::count(kept_, at, '\n'));
        kept_ = at;
        if (give_back_) give_back_(static_cast<std::size_t>(at - begin_));
    }

    const char* begin_;
    const char* end_;
    const char* kept_;         // what lies before it has been given back
    std::uint64_t lines_ = 0;  // ended before kept_
    GiveBack give_back_;
};

}  // namespace dla::trace
