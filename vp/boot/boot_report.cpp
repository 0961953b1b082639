// SPDX-License-Identifier: Apache-2.0
#include "vp/boot/boot_report.hpp"

#include <fmt/format.h>

#include "vp/text_escape.hpp"

namespace dla::vp {
namespace {

std::string number_or_null(const std::optional<int>& number) {
    return number ? fmt::format("{}", *number) : "null";
}

}  // namespace

void print_report(const BootReport& report, bool layers) {
    for (std::size_t i = 0; i < report.layers.size(); ++i) {
        const LayerReport& dla = report.layers[i];
        if (dla.totals().layers() == 0) continue;
        fmt::print(stderr, "\ndla{}: {}{}", i, layers ? "\n" + dla.table() : "", dla.summary());
    }
}

std::string json(const BootReport& report, int exit_code, const std::string& error) {
    std::string text = fmt::format(
        "{{\"exit_code\": {}, \"guest_exit_code\": {}, \"qemu_exit_code\": {}, \"error\": {},\n"
        " \"prepare_s\": {:.3f}, \"run_s\": {:.3f}, \"model_s\": {:.6f}, \"csb_accesses\": {},\n"
        " \"dlas\": [",
        exit_code, number_or_null(report.guest_exit_code), number_or_null(report.qemu_exit_code),
        error.empty() ? "null" : json_text(error), report.prepare_s, report.run_s, report.model_s,
        report.accesses);
    for (std::size_t i = 0; i < report.layers.size(); ++i) {
        const LayerReport& dla = report.layers[i];
        text += fmt::format(
            "{}{{\"name\": \"dla{}\", \"config\": {}, \"clock_mhz\": {}, \"cycles\": {:.0f}, "
            "\"layers\": {}}}",
            i == 0 ? "\n  " : ",\n  ", i, json_text(report.configs[i].name),
            report.configs[i].clock_mhz, dla.totals().cycles(), dla.json());
    }
    return text + "\n]}\n";
}

}  // namespace dla::vp
