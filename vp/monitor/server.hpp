// SPDX-License-Identifier: Apache-2.0
// The monitor's socket: connections of a private Unix socket, a request per line, answers in order.
// A thread of its own moves the bytes; what a request means is the handler's business.
//
//   auto server = Server::open(path, {.request = ..., .closed = ...});
//
// Request: one line. Answer: "ok SIZE\n" or "error SIZE\n" and SIZE bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "dla_tlm/common/result.hpp"

namespace dla::vp::monitor {

class Server {
  public:
    // May be called from any thread, once per request.
    using Respond = std::function<void(bool ok, const std::string& text)>;
    // Both are called in the server's thread; sessions count from 1.
    struct Handlers {
        std::function<void(std::uint64_t session, const std::string& line, Respond respond)>
            request;
        std::function<void(std::uint64_t session)> closed;
    };

    static Result<std::unique_ptr<Server>> open(const std::filesystem::path& path,
                                                Handlers handlers);
    // Sends what is still to be sent, then closes every connection and removes the socket.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

  private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace dla::vp::monitor
