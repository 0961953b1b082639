// SPDX-License-Identifier: Apache-2.0
#include "runtime/app/server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace dla::runtime {
namespace {

constexpr std::size_t kMaxMessage = 1'000'000'000;
constexpr std::size_t kMaxLengthDigits = 10;
constexpr const char* kPassed = "[OK] Test PASSED!";
constexpr const char* kFailed = "[OK] Test FAILED!";
constexpr std::string_view kRunImage = "RUN_IMAGE_";

bool read_bytes(int socket, std::uint8_t* data, std::size_t size) {
    while (size > 0) {
        const ssize_t got = ::recv(socket, data, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        data += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

bool send_bytes(int socket, const std::uint8_t* data, std::size_t size) {
    while (size > 0) {
        const ssize_t sent = ::send(socket, data, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        data += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

std::optional<std::size_t> read_length(int socket) {
    std::string digits;
    std::uint8_t character = 0;
    while (read_bytes(socket, &character, 1) && digits.size() <= kMaxLengthDigits) {
        if (character != '\n') {
            digits += static_cast<char>(character);
            continue;
        }
        std::size_t length = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), length);
        if (error != std::errc{} || end != digits.data() + digits.size() || length > kMaxMessage) {
            return std::nullopt;
        }
        return length;
    }
    return std::nullopt;
}

// Grows with what arrives, so that a false length costs no memory.
std::optional<Bytes> read_message(int socket) {
    constexpr std::size_t kPiece = 1 << 20;
    const auto length = read_length(socket);
    if (!length) return std::nullopt;
    Bytes message;
    while (message.size() < *length) {
        const std::size_t start = message.size();
        const std::size_t piece = std::min(kPiece, *length - start);
        message.resize(start + piece);
        if (!read_bytes(socket, message.data() + start, piece)) return std::nullopt;
    }
    return message;
}

bool send_message(int socket, std::span<const std::uint8_t> message) {
    const std::string length = fmt::format("{}\n", message.size());
    return send_bytes(socket, reinterpret_cast<const std::uint8_t*>(length.data()),
                      length.size()) &&
           send_bytes(socket, message.data(), message.size());
}

bool send_text(int socket, const std::string& text) {
    return send_message(socket, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string text_of(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

// What went wrong is for the server's own log; the client only learns that it did.
std::string verdict(const Result<void>& result) {
    if (!result) fmt::print(stderr, "dla_runtime: {}\n", result.error().message);
    return result ? kPassed : kFailed;
}

}  // namespace

ConnectionEnd Server::serve(int socket) {
    while (const auto message = read_message(socket)) {
        const std::string command = text_of(*message);
        if (command == "SHUTDOWN") {
            send_text(socket, "ACK_SHUTDOWN");
            return ConnectionEnd::kShutdown;
        }
        if (!answer(socket, command)) break;
    }
    return ConnectionEnd::kClosed;
}

bool Server::answer(int socket, const std::string& command) {
    if (command == "GET_WELCOME") return send_text(socket, "Hello World!");
    if (command == "QUERY_FLATBUF") return send_text(socket, loadable_.empty() ? "NO" : "YES");
    if (command == "READ_FLATBUF") return load(socket);
    if (command == "RUN_FLATBUF") return send_text(socket, run_flatbuf());
    if (command == "GET_NUMOUTPUTS") {
        return send_text(socket, std::to_string(session_.num_outputs()));
    }
    if (command == "GET_OUTPUT" || command.starts_with(kRunImage)) {
        const auto more = read_message(socket);
        if (!more) return false;
        return command == "GET_OUTPUT" ? send_message(socket, output(text_of(*more)))
                                       : send_text(socket, run_image(command, *more));
    }
    fmt::print(stderr, "dla_runtime: unknown command '{}'\n", command.substr(0, 40));
    return false;
}

bool Server::load(int socket) {
    auto message = read_message(socket);
    if (!message) return false;
    loadable_ = std::move(*message);
    return true;
}

std::string Server::run_flatbuf() {
    auto done = session_.load(loadable_);
    if (done) done = session_.run();
    return verdict(done);
}

// The command ends in the file's name; its ending tells the format.
std::string Server::run_image(const std::string& command, const Bytes& file) {
    const bool pgm = command.ends_with(".pgm");
    const auto image = pgm ? decode_pgm(file) : decode_jpeg(file);
    if (!image) return verdict(fail(image.error().message));
    auto done = session_.load(loadable_);
    if (done) done = session_.set_image(*image, preprocessing_);
    if (done) done = session_.run();
    return verdict(done);
}

Bytes Server::output(const std::string& index) {
    int number = -1;
    std::from_chars(index.data(), index.data() + index.size(), number);
    const auto dimg = session_.output(number);
    if (!dimg) fmt::print(stderr, "dla_runtime: {}\n", dimg.error().message);
    return dimg ? encode_dimg(*dimg) : Bytes{};
}

Result<void> listen_and_serve(Server& server, std::uint16_t port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(listener, 1) != 0) {
        const std::string why = std::strerror(errno);
        ::close(listener);
        return fail(fmt::format("port {}: {}", port, why));
    }
    auto end = ConnectionEnd::kClosed;
    while (end != ConnectionEnd::kShutdown) {
        const int client = ::accept(listener, nullptr, nullptr);
        if (client < 0) continue;
        end = server.serve(client);
        ::close(client);
    }
    ::close(listener);
    return {};
}

}  // namespace dla::runtime
