// SPDX-License-Identifier: Apache-2.0
// Server mode of the runtime application. Each message is its length in decimal, a line feed and
// that many bytes. spec: linux-interfaces.md section 6.
#pragma once

#include "runtime/app/session.hpp"

namespace dla::runtime {

inline constexpr std::uint16_t kServerPort = 6666;

enum class ConnectionEnd { kClosed, kShutdown };

class Server {
  public:
    Server(Runtime& runtime, const Preprocessing& preprocessing)
        : session_(runtime), preprocessing_(preprocessing) {}

    // Serves one connected socket until the client leaves or asks for the end of the server.
    ConnectionEnd serve(int socket);

  private:
    bool answer(int socket, const std::string& command);
    bool load(int socket);
    std::string run_flatbuf();
    std::string run_image(const std::string& command, const Bytes& file);
    Bytes output(const std::string& index);

    Session session_;
    Preprocessing preprocessing_;
    Bytes loadable_;
};

// Listens on the port of all interfaces and serves clients one after another until SHUTDOWN.
Result<void> listen_and_serve(Server& server, std::uint16_t port = kServerPort);

}  // namespace dla::runtime
