// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/hostile_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace dla::vp::monitor {
namespace {

// Removes what the client has set, so that nothing adds up.
constexpr std::string_view kHonest = "\ndelete\n";
constexpr std::string_view kLastAnswer = "removed\n";
constexpr int kPatienceMs = 10;
constexpr unsigned kMostRounds = 3000;

}  // namespace

std::vector<std::string> real_requests() {
    return {"status",
            "json status",
            "op SDP",
            "regs",
            "regs PDP 1",
            "json regs CDMA 0",
            "mem 0x80000000 64",
            "mem cube 0x80001000 8x8x8 int8 line=64 surface=512 channels=0..3",
            "mem cube PDP src 0",
            "cbuf",
            "cbuf 3",
            "cbuf all",
            "pause",
            "resume",
            "step PDP",
            "arm-step",
            "wait",
            "break-reg PDP.D_OP_ENABLE 1",
            "breaks",
            "delete 1",
            "interrupt CACC_1",
            "debugger",
            "dla=0 status",
            "help mem"};
}

StandingRun::StandingRun(sc_core::sc_module_name name)
    : sc_module(name), platform_("platform", *builtin_config("nv_small")), csb_("csb") {
    csb_.bind(platform_.dla().csb);
    if (mkdtemp(folder_) == nullptr) std::abort();
    socket_ = std::string(folder_) + "/socket";
    auto opened = Monitor::open({.socket = socket_, .hold = false}, Gate::Pause::kFreeze);
    if (!opened) std::abort();
    monitor_ = std::move(*opened);
    monitor_->watch("", platform_.dla());
    monitor_->begin();
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

StandingRun::~StandingRun() {
    monitor_.reset();
    rmdir(folder_);
}

int StandingRun::connect() const {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_.c_str(), sizeof(address.sun_path) - 1);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        std::abort();
    return descriptor;
}

std::string StandingRun::send(const std::string& bytes) {
    const int descriptor = connect();
    const std::string all = bytes + std::string(kHonest);
    std::string answers;
    std::size_t sent = 0;
    for (unsigned round = 0; round < kMostRounds; ++round) {
        monitor_->gate().serve();
        if (sent < all.size()) {
            const auto n = ::send(descriptor, all.data() + sent, all.size() - sent, MSG_NOSIGNAL);
            if (n > 0) sent += static_cast<std::size_t>(n);
        }
        pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
        if (::poll(&entry, 1, round < 4 ? 0 : kPatienceMs) <= 0) continue;
        std::array<char, 65536> piece{};
        const auto n = ::recv(descriptor, piece.data(), piece.size(), 0);
        if (n <= 0) break;
        answers.append(piece.data(), static_cast<std::size_t>(n));
        if (answers.ends_with(kLastAnswer)) break;
    }
    ::close(descriptor);
    return answers;
}

}  // namespace dla::vp::monitor
