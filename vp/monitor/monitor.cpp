// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/monitor.hpp"

#include <boost/json/serialize.hpp>
#include <memory>

#include "vp/monitor/debugger_entry.hpp"
#include "vp/monitor/socket_path.hpp"

namespace dla::vp::monitor {
namespace {

constexpr std::string_view kJson = "json ";

// Answers once; a request that is dropped with the run is answered too.
class Pending {
  public:
    Pending(Server::Respond respond, bool json) : respond_(std::move(respond)), json_(json) {}
    ~Pending() {
        if (!done_) respond_(false, "the run has ended");
    }
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;

    void answer(const Result<Reply>& reply) {
        done_ = true;
        if (!reply)
            respond_(false, reply.error().message);
        else
            respond_(true, json_ ? boost::json::serialize(reply->data) + "\n" : reply->text);
    }

  private:
    Server::Respond respond_;
    bool json_;
    bool done_ = false;
};

}  // namespace

Monitor::Monitor(const MonitorOptions& options, Gate::Pause pause)
    : options_(options), gate_(pause), commands_(gate_) {
    set_debugged_run(this);
}

Monitor::~Monitor() {
    set_debugged_run(nullptr);
    gate_.close();
}

Result<std::unique_ptr<Monitor>> Monitor::open(const MonitorOptions& options, Gate::Pause pause) {
    if (options.hold && options.socket.empty())
        return fail("--hold needs --monitor: nobody could let the run go on");
    std::unique_ptr<Monitor> monitor(new Monitor(options, pause));
    if (options.socket.empty()) return monitor;
    if (auto listening = monitor->listen(); !listening) return tl::unexpected(listening.error());
    return monitor;
}

Result<void> Monitor::listen() {
    const auto path = std::filesystem::absolute(socket_path(options_.socket));
    if (auto folder = prepare_socket_folder(path); !folder) return folder;
    auto server = Server::open(
        path, {.request = [this](auto session, const auto& line,
                                 auto respond) { take(session, line, std::move(respond)); },
               .closed =
                   [this](auto session) {
                       gate_.post([this, session] { commands_.end_session(session); });
                   }});
    if (!server) return tl::unexpected(server.error());
    server_ = std::move(*server);
    return {};
}

void Monitor::take(std::uint64_t session, const std::string& line, Server::Respond respond) {
    const bool json = line.starts_with(kJson);
    Request request{json ? line.substr(kJson.size()) : line, session};
    // The job alone holds the answer: when the run ends it must go out before the server does.
    gate_.post([this, request = std::move(request),
                pending = std::make_shared<Pending>(std::move(respond), json)] {
        commands_.execute(request,
                          [pending](const Result<Reply>& reply) { pending->answer(reply); });
    });
}

void Monitor::begin() {
    if (options_.socket.empty()) return;
    commands_.attach();
    if (!options_.hold) return;
    gate_.pause("held at the start");
    gate_.point();
}

std::string Monitor::execute_for_debugger(const std::string& line) {
    if (!debugged_) {
        debugged_ = true;
        gate_.set_stop_action([](const std::string& words) { dla_debugger_stop(words.c_str()); });
    }
    // A command that answers when the run stops cannot: the debugger stands still with it.
    const auto text = std::make_shared<std::string>("error: not for a debugger of this process\n");
    commands_.execute({.line = line, .session = 0}, [text](const Result<Reply>& reply) {
        *text = reply ? reply->text : "error: " + reply.error().message + "\n";
    });
    return *text;
}

}  // namespace dla::vp::monitor
