// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <deque>
#include <future>
#include <istream>
#include <map>
#include <thread>

namespace dla::vp::monitor {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;
using Code = boost::system::error_code;

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kLongestPath = 107;
// Requests of one connection whose answers are not on their way yet; a client that only asks waits.
constexpr unsigned kMostOpen = 64;

// One connection. Lives as long as a read, a write or an answer is on its way.
class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(Protocol::socket socket, std::uint64_t number, const Server::Handlers& handlers)
        : socket_(std::move(socket)), number_(number), handlers_(handlers), input_(kLongestLine) {}

    void read() {
        asio::async_read_until(socket_, input_, '\n', [self = shared_from_this()](Code code, auto) {
            if (code) return self->end_of_requests();
            std::istream stream(&self->input_);
            std::string line;
            std::getline(stream, line);
            const bool more = ++self->open_ < kMostOpen;
            self->handlers_.request(self->number_, line, self->responder());
            if (more) self->read();
        });
    }

    // No more requests; ends when everything is sent.
    void finish() {
        Code ignored;
        socket_.shutdown(Protocol::socket::shutdown_receive, ignored);
        finishing_ = true;
        if (output_.empty()) close();
    }

  private:
    Server::Respond responder() {
        return [self = shared_from_this()](bool ok, const std::string& text) {
            auto message = fmt::format("{} {}\n{}", ok ? "ok" : "error", text.size(), text);
            asio::post(self->socket_.get_executor(),
                       [self, message = std::move(message)]() mutable {
                           self->output_.push_back(std::move(message));
                           if (self->output_.size() == 1) self->write();
                       });
        };
    }

    // What finish() left to be sent still goes out.
    void end_of_requests() {
        if (!finishing_ || output_.empty()) close();
    }

    void write() {
        asio::async_write(socket_, asio::buffer(output_.front()),
                          [self = shared_from_this()](Code code, auto) {
                              if (code) return self->close();
                              self->output_.pop_front();
                              if (self->open_-- == kMostOpen && !self->finishing_) self->read();
                              if (!self->output_.empty()) return self->write();
                              if (self->finishing_) self->close();
                          });
    }

    void close() {
        if (!socket_.is_open()) return;
        Code ignored;
        socket_.close(ignored);
        handlers_.closed(number_);
    }

    Protocol::socket socket_;
    std::uint64_t number_;
    const Server::Handlers& handlers_;
    asio::streambuf input_;
    std::deque<std::string> output_;
    unsigned open_ = 0;
    bool finishing_ = false;
};

// Whether a run that is alive listens there already.
bool somebody_listens(asio::io_context& context, const std::filesystem::path& path) {
    Protocol::socket probe(context);
    Code code;
    probe.connect(Protocol::endpoint(path.string()), code);
    return !code;
}

}  // namespace

class Server::Impl {
  public:
    Impl(std::filesystem::path path, Handlers handlers)
        : path_(std::move(path)), handlers_(std::move(handlers)), acceptor_(context_) {}

    ~Impl() {
        if (!thread_.joinable()) return;
        asio::post(context_, [this] {
            Code ignored;
            acceptor_.close(ignored);
            for (const auto& [number, session] : sessions_)
                if (const auto alive = session.lock()) alive->finish();
        });
        // A client that reads nothing shall not keep the run alive.
        all_sent_.get_future().wait_for(std::chrono::seconds(1));
        context_.stop();
        thread_.join();
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }

    Result<void> listen() {
        if (somebody_listens(context_, path_))
            return fail(fmt::format("{}: another run has its monitor there", path_.string()));
        std::error_code ignored;
        if (std::filesystem::is_socket(path_, ignored)) std::filesystem::remove(path_, ignored);
        Code code;
        acceptor_.open(Protocol(), code);
        fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
        if (!code) acceptor_.bind(Protocol::endpoint(path_.string()), code);
        if (!code && chmod(path_.c_str(), S_IRUSR | S_IWUSR) != 0)
            code = Code(errno, boost::system::system_category());
        if (!code) acceptor_.listen(Protocol::acceptor::max_listen_connections, code);
        if (code)
            return fail(fmt::format("{}: the monitor cannot listen there: {}", path_.string(),
                                    code.message()));
        accept();
        thread_ = std::thread([this] {
            context_.run();
            all_sent_.set_value();
        });
        return {};
    }

  private:
    void accept() {
        acceptor_.async_accept([this](Code code, Protocol::socket socket) {
            if (code) return;
            const std::uint64_t number = ++last_session_;
            auto session = std::make_shared<Session>(std::move(socket), number, handlers_);
            std::erase_if(sessions_, [](const auto& entry) { return entry.second.expired(); });
            sessions_[number] = session;
            session->read();
            accept();
        });
    }

    std::filesystem::path path_;
    Handlers handlers_;
    asio::io_context context_;
    Protocol::acceptor acceptor_;
    std::map<std::uint64_t, std::weak_ptr<Session>> sessions_;
    std::uint64_t last_session_ = 0;
    std::thread thread_;
    std::promise<void> all_sent_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(const std::filesystem::path& path, Handlers handlers) {
    if (path.string().size() > kLongestPath)
        return fail(fmt::format("{}: a socket's path has at most {} characters", path.string(),
                                kLongestPath));
    auto impl = std::make_unique<Impl>(path, std::move(handlers));
    if (auto listening = impl->listen(); !listening) return tl::unexpected(listening.error());
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace dla::vp::monitor
