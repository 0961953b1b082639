// SPDX-License-Identifier: Apache-2.0
// plusargs.txt of a .txn trace.
#include "trace-tests/format/load_trace.hpp"
#include "trace-tests/format/scanner.hpp"

namespace dla::trace {
namespace {

void parse_option(Scanner& in, Options& options) {
    if (!in.next_is('+')) {
        in.word();
        in.fail_token("an option that begins with '+'");
    }
    in.expect('+');
    const std::string_view name = in.name("the name of an option");
    if (name == "continue_on_fail") {
        options.continue_on_fail = true;
    } else if (name == "read_reg_poll_retries") {
        in.expect('=');
        options.poll_retries_given = true;
        options.poll_retries =
            static_cast<std::uint32_t>(in.number("a number of retries", 31, true));
    } else if (name == "read_reg_poll_interval_clocks") {
        in.expect('=');
        options.poll_interval_clocks =
            static_cast<std::uint32_t>(in.number("a number of clocks", 31, true));
    } else if (name == "wait_interrupt_timeout_clocks") {
        in.expect('=');
        options.interrupt_timeout_clocks = in.number("a number of clocks", 48, true);
    } else {
        // Memory latency and bandwidth, time-outs of single accesses: properties of the platform.
        if (in.accept('=')) in.word();
    }
}

}  // namespace

Result<Options> parse_options(std::string_view text, std::string_view where) {
    Options options;
    try {
        for_each_line(text, [&](std::uint32_t number, std::string_view line) {
            Scanner in(where, number, line.substr(0, line.find('#')));
            while (!in.at_end())
                parse_option(in, options);
        });
    } catch (const SyntaxError& error) {
        return fail(error.message);
    }
    return options;
}

}  // namespace dla::trace
