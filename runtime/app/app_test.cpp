// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "runtime/api/fake_platform.hpp"
#include "runtime/app/application.hpp"
#include "runtime/app/server.hpp"
#include "runtime/loadable/test_files.hpp"
#include "testing/catch.hpp"

using namespace dla::runtime;

namespace {

std::string sample(const std::string& name, const std::string& file) {
    return "loadables/" + name + "/" + file;
}

// Both ends of a connection; the server runs in a thread of its own.
class Client {
  public:
    explicit Client(Server& server) {
        int ends[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        socket_ = ends[0];
        thread_ = std::thread([this, &server, end = ends[1]] {
            end_ = server.serve(end);
            ::close(end);
        });
    }
    ~Client() {
        ::close(socket_);
        if (thread_.joinable()) thread_.join();
    }
    void send(const std::string& message) {
        const std::string framed = std::to_string(message.size()) + "\n" + message;
        REQUIRE(::write(socket_, framed.data(), framed.size()) ==
                static_cast<ssize_t>(framed.size()));
    }
    std::string receive() {
        std::string length;
        char c = 0;
        while (::read(socket_, &c, 1) == 1 && c != '\n')
            length += c;
        std::string message(length.empty() ? 0 : std::stoul(length), 0);
        for (char& byte : message)
            REQUIRE(::read(socket_, &byte, 1) == 1);
        return message;
    }
    ConnectionEnd end() {
        thread_.join();
        return end_;
    }

  private:
    int socket_ = -1;
    ConnectionEnd end_ = ConnectionEnd::kClosed;
    std::thread thread_;
};

std::string text(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("the command line is read as documented") {
    const auto options = parse_options({"--loadable", "a.nvdla", "--image", "b.pgm", "--normalize",
                                        "255", "--mean", "1,2.5", "--rawdump"});
    REQUIRE(options.has_value());
    CHECK(options->loadable == "a.nvdla");
    CHECK(options->preprocessing.normalize == 255);
    CHECK(options->preprocessing.mean == std::array<float, 4>{1, 2.5f, 0, 0});
    CHECK(options->rawdump);
    CHECK(parse_options({"-s"})->server);
    CHECK(parse_options({"-h"})->help);
}

TEST_CASE("a wrong command line is told in words") {
    const auto why = [](const std::vector<std::string>& arguments) {
        return parse_options(arguments).error().message;
    };
    CHECK(why({}) == "--loadable is missing");
    CHECK(why({"--loadable"}) == "--loadable needs a value");
    CHECK(why({"--normalize", "0"}) == "--normalize is '0', legal are 1 to 255");
    CHECK(why({"--mean", "1,2,3,4,5"}) ==
          "--mean is '1,2,3,4,5', legal are up to 4 numbers with commas");
    CHECK(why({"--fast", "1"}) == "'--fast' is not an option");
    CHECK(why({"-i", "no/such/path"}) == "-i no/such/path: no such folder");
}

TEST_CASE("the application runs a network and writes its output file") {
    FakePlatform platform;
    Runtime runtime(platform);
    const auto here = std::filesystem::current_path();
    const auto scratch = std::filesystem::temp_directory_path() / "dla_app_test";
    std::filesystem::create_directories(scratch);
    const AppOptions options{
        .loadable = (here / sample("image_int8_nv_small", "image_int8_nv_small.nvdla")).string(),
        .image = (here / sample("image_int8_nv_small", "image.pgm")).string()};
    std::filesystem::current_path(scratch);
    const auto done = run_application(runtime, options);
    const Bytes output = file_bytes("output.dimg");
    std::filesystem::current_path(here);
    std::filesystem::remove_all(scratch);
    REQUIRE((done ? "" : done.error().message) == "");
    CHECK(platform.submits == 1);
    CHECK(decode_dimg(output)->channel == 9);
    CHECK(platform.live_memories() == 0);
}

TEST_CASE("the server speaks the regression client's protocol") {
    FakePlatform platform;
    Runtime runtime(platform);
    Server server(runtime, {});
    Client client(server);
    client.send("GET_WELCOME");
    CHECK(client.receive() == "Hello World!");
    client.send("QUERY_FLATBUF");
    CHECK(client.receive() == "NO");
    client.send("RUN_FLATBUF");
    CHECK(client.receive() == "[OK] Test FAILED!");
    client.send("READ_FLATBUF");
    client.send(text(file_bytes(sample("image_int8_nv_small", "image_int8_nv_small.nvdla"))));
    client.send("QUERY_FLATBUF");
    CHECK(client.receive() == "YES");
    client.send("RUN_FLATBUF");
    CHECK(client.receive() == "[OK] Test PASSED!");
    client.send("RUN_IMAGE_one.pgm");
    client.send(text(file_bytes(sample("image_int8_nv_small", "image.pgm"))));
    CHECK(client.receive() == "[OK] Test PASSED!");
    client.send("RUN_IMAGE_one.pgm");
    client.send("no picture");
    CHECK(client.receive() == "[OK] Test FAILED!");
    client.send("GET_NUMOUTPUTS");
    CHECK(client.receive() == "1");
    client.send("GET_OUTPUT");
    client.send("0");
    CHECK(client.receive().substr(0, 4) == "DIMG");
    client.send("GET_OUTPUT");
    client.send("7");
    CHECK(client.receive().empty());
    client.send("SHUTDOWN");
    CHECK(client.receive() == "ACK_SHUTDOWN");
    CHECK(client.end() == ConnectionEnd::kShutdown);
}

TEST_CASE("the server drops a client that does not keep the protocol") {
    FakePlatform platform;
    Runtime runtime(platform);
    Server server(runtime, {});
    SECTION("unknown command") {
        Client client(server);
        client.send("MAKE_COFFEE");
        CHECK(client.end() == ConnectionEnd::kClosed);
    }
    SECTION("length beyond reason") {
        int ends[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        REQUIRE(::write(ends[0], "99999999999\n", 12) == 12);
        CHECK(server.serve(ends[1]) == ConnectionEnd::kClosed);
        ::close(ends[0]);
        ::close(ends[1]);
    }
}
