// SPDX-License-Identifier: Apache-2.0
#include "vp/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace dla::vp {

bool takes_colours(std::FILE* stream) {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* kind = std::getenv("TERM");
    return isatty(fileno(stream)) != 0 && (no_colour == nullptr || *no_colour == '\0') &&
           kind != nullptr && std::string_view(kind) != "dumb";
}

std::string coloured(const std::string& text, Colour colour) {
    return fmt::format("\033[{}m{}\033[0m", static_cast<int>(colour), text);
}

std::string progress_text(const std::string& things, std::size_t done, std::size_t all,
                          double seconds) {
    constexpr std::size_t kBar = 20;
    const std::size_t filled = all == 0 ? kBar : std::min(done, all) * kBar / all;
    std::string text =
        fmt::format("[{:=<{}}{:{}}] {} of {} {}", "", filled, "", kBar - filled, done, all, things);
    if (done == 0 || done >= all || seconds < 1) return text;
    const double left = seconds / static_cast<double>(done) * static_cast<double>(all - done);
    const auto whole = static_cast<unsigned long>(std::lround(left));
    constexpr unsigned long kMinute = 60;
    if (whole < 2 * kMinute) return text + fmt::format(", about {} s left", whole);
    return text + fmt::format(", about {} min left", (whole + kMinute / 2) / kMinute);
}

Progress::Progress(std::string things, std::size_t all)
    : things_(std::move(things)), all_(all), active_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
    hide();
}

void Progress::show(std::size_t done) {
    if (!active_) return;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
    fmt::print(stderr, "\r\033[K{}", progress_text(things_, done, all_, spent.count()));
    std::fflush(stderr);
    shown_ = true;
}

void Progress::hide() {
    if (!shown_) return;
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    shown_ = false;
}

}  // namespace dla::vp
