// SPDX-License-Identifier: Apache-2.0
#include "vp/about/completion.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "testing/catch.hpp"
#include "vp/program_output.hpp"

using namespace dla::vp;

namespace {

// A command line with every kind of option.
struct SampleApp {
    CLI::App app{"sample", "dla-vp"};
    std::string text;
    int number = 0;
    bool flag = false;

    SampleApp() {
        CLI::App* trace = app.add_subcommand("trace", "play [it]");
        trace->add_option("paths", text, "files");
        trace->add_option("--timing", text, "it's on: or off")->check(CLI::IsMember({"on", "off"}));
        trace->add_option("--config", text, "name or file");
        trace->add_option("-j,--jobs", number, "how many");
        CLI::App* loadable = app.add_subcommand("loadable", "networks");
        loadable->add_subcommand("show", "in words")->add_flag("--dot", flag, "a graph");
    }
    std::string bash() const {
        return bash_completion(app, {{"--config", {"nv_full", "nv_small"}}});
    }
};

// What bash offers for the words, the last of which is being typed.
std::string offered(const std::string& script, const std::string& words) {
    std::istringstream stream(words);
    int last = -1;
    for (std::string word; stream >> word;)
        ++last;
    const auto file = std::filesystem::temp_directory_path() / "dla-vp-completion-test";
    std::ofstream(file) << script;
    const auto output = program_output(
        "bash", {"-c", ". " + file.string() + "; COMP_WORDS=(" + words + "); COMP_CWORD=" +
                           std::to_string(last) + "; _dla_vp; echo ${COMPREPLY[*]}"});
    std::filesystem::remove(file);
    REQUIRE(output.has_value());
    return *output;
}

}  // namespace

TEST_CASE("bash completes commands, options and listed values") {
    const std::string script = SampleApp().bash();
    CHECK(offered(script, "dla-vp t") == "trace");
    CHECK(offered(script, "dla-vp loadable s") == "show");
    CHECK(offered(script, "dla-vp loadable show --d") == "--dot");
    CHECK(offered(script, "dla-vp trace --t") == "--timing");
    CHECK(offered(script, "dla-vp trace --timing o") == "on off");
    CHECK(offered(script, "dla-vp trace --config nv_s") == "nv_small");
    CHECK(offered(script, "dla-vp trace --jobs 1").empty());
}

TEST_CASE("zsh gets a function per command with quoted descriptions") {
    const std::string script = zsh_completion(SampleApp().app, {});
    CHECK(script.starts_with("#compdef dla-vp\n"));
    CHECK(script.find("_dla_vp_loadable_show() {") != std::string::npos);
    CHECK(script.find("'*--timing[it'\\''s on\\: or off]:value:(on off)'") != std::string::npos);
    CHECK(script.find("'trace:play \\[it\\]'") != std::string::npos);
}
