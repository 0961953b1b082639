// SPDX-License-Identifier: Apache-2.0
// dla-timing-report: errors of the timing functions against the golden cycle counts.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "vp/timing_report/error_tables.hpp"
#include "vp/timing_report/held_out.hpp"

int main(int argc, char** argv) {
    CLI::App app("Errors of the timing functions against cycle counts measured on RTL.");
    std::string golden = "../shared/golden";
    bool rows = false;
    bool held_out = false;
    app.add_option("golden", golden, "folder with timing/, nv_small/ and nv_large/");
    app.add_flag("--rows", rows, "one CSV row per run and status bit instead of the tables");
    app.add_flag("--held-out", held_out,
                 "fit the constants on half of the layers, errors on the other half");
    CLI11_PARSE(app, argc, argv);
    const dla::Result<std::string> text = held_out ? dla::vp::held_out_table(golden)
                                          : rows   ? dla::vp::error_rows(golden)
                                                   : dla::vp::error_tables(golden);
    if (!text) {
        fmt::print(stderr, "dla-timing-report: {}\n", text.error().message);
        return 2;
    }
    fmt::print("{}", *text);
    return 0;
}
