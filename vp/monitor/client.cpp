// SPDX-License-Identifier: Apache-2.0
#include "vp/monitor/client.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <istream>

namespace dla::vp::monitor {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

}  // namespace

Result<Answer> ask(const std::filesystem::path& path, const std::string& line) {
    asio::io_context context;
    Protocol::socket socket(context);
    boost::system::error_code code;
    constexpr std::size_t kLongestPath = 107;
    if (path.string().size() > kLongestPath)
        return fail(fmt::format("{}: a socket's path has at most {} characters", path.string(),
                                kLongestPath));
    socket.connect(Protocol::endpoint(path.string()), code);
    if (code)
        return fail(
            fmt::format("{}: no run has its monitor there: {}", path.string(), code.message()));
    asio::write(socket, asio::buffer(line + "\n"), code);
    asio::streambuf input;
    if (!code) asio::read_until(socket, input, '\n', code);
    std::istream stream(&input);
    std::string word;
    std::size_t size = 0;
    if (code || !(stream >> word >> size) || stream.get() != '\n')
        return fail("the run ended before it answered");
    if (input.size() < size)
        asio::read(socket, input, asio::transfer_exactly(size - input.size()), code);
    if (code) return fail("the run ended before it answered");
    Answer answer{word == "ok", std::string(size, 0)};
    stream.read(answer.text.data(), static_cast<std::streamsize>(size));
    return answer;
}

}  // namespace dla::vp::monitor
