// SPDX-License-Identifier: Apache-2.0
// Clients of the monitor that send anything, leave in the middle or do not listen.
#include "vp/monitor/hostile_client.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "testing/catch.hpp"
#include "testing/mutations.hpp"
#include "testing/random_runs.hpp"
#include "testing/resident.hpp"

using namespace dla;
using namespace dla::vp::monitor;

namespace {

bool well_formed(std::string_view answers) {
    while (!answers.empty()) {
        const std::size_t end = answers.find('\n');
        const std::size_t blank = answers.find(' ');
        if (end == std::string_view::npos || blank > end) return false;
        const std::string_view word = answers.substr(0, blank);
        const auto size = std::stoul(std::string(answers.substr(blank + 1, end - blank - 1)));
        if ((word != "ok" && word != "error") || answers.size() - end - 1 < size) return false;
        answers.remove_prefix(end + 1 + size);
    }
    return true;
}

}  // namespace

TEST_CASE("real requests, damaged, are answered or refused, and the run goes on") {
    StandingRun run("run");
    const std::vector<std::string> single = real_requests();
    std::vector<std::string> seeds = single;
    std::string all;
    for (const std::string& request : single)
        all += request + "\n";
    seeds.push_back(all);
    testing::Mutations mutations(seeds, testing::random_seed(1));
    unsigned answered = 0;
    const unsigned runs = testing::random_runs(1500);
    for (unsigned i = 0; i < runs; ++i) {
        const std::string bytes = mutations.next();
        const std::string answers = run.send(bytes);
        INFO(bytes);
        CHECK(well_formed(answers));
        answered += answers.ends_with("removed\n") ? 1 : 0;
    }
    // Only a line without end, or a debugger's silence, closes the connection.
    CHECK(answered > runs * 8 / 10);
    CHECK(run.send("status").starts_with("ok "));
}

TEST_CASE("a line without an end closes the connection and no other") {
    StandingRun run("run");
    CHECK(run.send(std::string(100'000, 'x')).empty());
    CHECK(run.send("status").starts_with("ok "));
}

TEST_CASE("thousands of clients that wait and leave leave nothing behind") {
    StandingRun run("run");
    const auto visit = [&](unsigned clients) {
        for (unsigned i = 0; i < clients; ++i) {
            (void)run.send("wait\nbreak-reg PDP.D_OP_ENABLE\nstep\nregs\nwait");
            run.monitor().gate().serve();
        }
    };
    visit(300);
    const long warm = testing::resident_kib();
    visit(testing::random_runs(1500));
    const long grown = testing::resident_kib() - warm;
    INFO(grown << " KiB");
    CHECK(grown < 4096);
}

TEST_CASE("a client that asks and does not listen waits, and costs no memory") {
    StandingRun run("run");
    const int descriptor = run.connect();
    const std::string line = "cbuf all\n";  // 128 KiB of memory, about 500 KiB of text
    const long before = testing::resident_kib();
    std::size_t requests = 0;
    for (unsigned quiet = 0; quiet < 200;) {
        const auto n = ::send(descriptor, line.data(), line.size(), MSG_NOSIGNAL);
        run.monitor().gate().serve();
        requests += n > 0 ? 1 : 0;
        quiet = n > 0 && requests < 20'000 ? 0 : quiet + 1;
        if (n <= 0) usleep(1000);
    }
    INFO(requests << " requests, " << testing::resident_kib() - before << " KiB");
    CHECK(requests > 100);
    CHECK(testing::resident_kib() - before < 128 * 1024);
    CHECK(run.send("status").starts_with("ok "));
    ::close(descriptor);
}
