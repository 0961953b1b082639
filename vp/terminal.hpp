// SPDX-License-Identifier: Apache-2.0
// What is shown only to people: colours and the progress of long work.
//
//   Progress progress("traces", 94);
//   progress.show(12);  // [==                  ] 12 of 94 traces, about 8 s left
//   progress.hide();  fmt::print(...);      // before other lines
#pragma once

#include <chrono>
#include <cstdio>
#include <string>

namespace dla::vp {

// True where the stream is a terminal that takes colours; NO_COLOR and TERM=dumb say no.
bool takes_colours(std::FILE* stream);

enum class Colour { kGreen = 32, kRed = 31, kYellow = 33 };
std::string coloured(const std::string& text, Colour colour);

// A bar, done of all things, and the time left at the pace so far; from the second that passed on.
std::string progress_text(const std::string& things, std::size_t done, std::size_t all,
                          double seconds);

// One line on standard error that is rewritten; nothing where that is no terminal.
class Progress {
  public:
    Progress(std::string things, std::size_t all);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(std::size_t done);
    void hide();

  private:
    std::string things_;
    std::size_t all_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    bool active_;
    bool shown_ = false;
};

}  // namespace dla::vp
