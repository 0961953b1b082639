// SPDX-License-Identifier: Apache-2.0
#include "vp/about/about_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "vp/about/findings.hpp"
#include "vp/about/version.hpp"
#include "vp/text_escape.hpp"

namespace dla::vp {
namespace {

std::string findings_text(const std::vector<Finding>& findings) {
    std::size_t width = 0;
    for (const Finding& finding : findings)
        width = std::max(width, finding.subject.size());
    std::string text;
    for (const Finding& finding : findings) {
        text += fmt::format("{:<8} {:<{}}  {}\n", name_of(finding.status), finding.subject, width,
                            finding.found);
        if (!finding.remedy.empty())
            text += fmt::format("{:{}}-> {}\n", "", width + 11, finding.remedy);
    }
    return text;
}

std::string findings_json(const std::vector<Finding>& findings) {
    std::string text = "[";
    for (const Finding& finding : findings) {
        text += text.size() > 1 ? ",\n " : "\n ";
        text +=
            fmt::format("{{\"subject\": {}, \"status\": \"{}\", \"found\": {}, \"remedy\": {}}}",
                        json_text(finding.subject), name_of(finding.status),
                        json_text(finding.found), json_text(finding.remedy));
    }
    return text + "\n]\n";
}

// Exit code: 1 when something is missing.
int doctor(bool as_json) {
    const auto findings = findings_of(gather_host_facts());
    const auto missing = std::ranges::count(findings, FindingStatus::kMissing, &Finding::status);
    if (as_json) {
        fmt::print("{}", findings_json(findings));
    } else {
        fmt::print(
            "{}{}\n", findings_text(findings),
            missing == 0 ? "everything is there" : "something is missing; -> says what to do");
    }
    return missing == 0 ? 0 : 1;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
    const auto as_json = std::make_shared<bool>(false);
    CLI::App* command =
        app.add_subcommand("doctor", "what this machine lacks for dla-vp, and how to get it");
    command->footer(
        "Example: dla-vp doctor --json\n"
        "Exit code 0: everything is there, 1: something is missing, 2: wrong command line.");
    command->add_flag("--json", *as_json,
                      "an array of {subject, status: ok|note|missing, found, remedy} instead");
    command->callback([as_json, &exit_code] { exit_code = doctor(*as_json); });
}

void add_version_command(CLI::App& app, int& exit_code) {
    app.set_version_flag("--version", [] { return version_text(version()); });
    const auto as_json = std::make_shared<bool>(false);
    CLI::App* command =
        app.add_subcommand("version", "what --version says, for machines with --json");
    command->footer("Example: dla-vp version --json\nExit code 0, 2: wrong command line.");
    command->add_flag("--json", *as_json, "as JSON instead");
    command->callback([as_json, &exit_code] {
        const Version known = version();
        fmt::print("{}", *as_json ? version_json(known) : version_text(known));
        exit_code = 0;
    });
}

}  // namespace dla::vp
