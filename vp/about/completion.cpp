// SPDX-License-Identifier: Apache-2.0
#include "vp/about/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "dla_tlm/common/hardware_config.hpp"
#include "dla_tlm/common/memory_model.hpp"

namespace dla::vp {
namespace {

// What may follow an option.
struct Value {
    enum class Kind { kNone, kFile, kFolder, kNumber, kWords } kind = Kind::kNone;
    std::vector<std::string> words;
    bool file_too = false;  // words, or a path
};

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
        end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end - begin));
    }
    return parts;
}

Value value_of(const CLI::Option& option, const NamedValues& named) {
    if (option.get_items_expected_max() == 0) return {};  // a flag
    for (const std::string& name : option.get_lnames())
        if (const auto found = named.find("--" + name); found != named.end())
            return {Value::Kind::kWords, found->second, true};
    const std::string type = option.get_type_name();
    const std::size_t open = type.find('{');
    const std::size_t close = type.find('}');
    if (open != std::string::npos && close != std::string::npos)
        return {Value::Kind::kWords, split(type.substr(open + 1, close - open - 1), ','), false};
    const std::string& text = option.get_option_text();
    if (text.find('|') != std::string::npos) return {Value::Kind::kWords, split(text, '|'), false};
    if (type.find("DIR") != std::string::npos) return {Value::Kind::kFolder, {}, false};
    const bool number =
        std::ranges::any_of(std::array{"INT", "FLOAT", "NUMBER"},
                            [&](const char* word) { return type.find(word) != std::string::npos; });
    return {number ? Value::Kind::kNumber : Value::Kind::kFile, {}, false};
}

std::vector<std::string> flags_of(const CLI::Option& option) {
    std::vector<std::string> flags;
    for (const std::string& name : option.get_snames())
        flags.push_back("-" + name);
    for (const std::string& name : option.get_lnames())
        flags.push_back("--" + name);
    return flags;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
    return app.get_options([](const CLI::Option*) { return true; });
}

// Every command with its path: "", "/trace", "/loadable/show".
using Visit = std::function<void(const std::string& path, const CLI::App& command)>;
void walk(const CLI::App& app, const std::string& path, const Visit& visit) {
    visit(path, app);
    for (const CLI::App* command : commands_of(app))
        walk(*command, path + "/" + command->get_name(), visit);
}

std::string bash_action(const Value& value) {
    switch (value.kind) {
        case Value::Kind::kWords:
            return fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$current\"){})",
                               fmt::join(value.words, " "),
                               value.file_too ? " $(compgen -f -- \"$current\")" : "");
        case Value::Kind::kFolder:
            return "COMPREPLY=($(compgen -d -- \"$current\"))";
        case Value::Kind::kFile:
            return "COMPREPLY=($(compgen -f -- \"$current\"))";
        case Value::Kind::kNumber:
        case Value::Kind::kNone:
            break;
    }
    return "COMPREPLY=()";
}

// Texts inside single quotes, where ':' and brackets mean something to _arguments.
std::string zsh_text(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'')
            out += "'\\''";
        else if (c == ':' || c == '[' || c == ']')
            out += std::string("\\") + c;
        else
            out += c == '\n' ? ' ' : c;
    }
    return out;
}

std::string zsh_action(const Value& value) {
    switch (value.kind) {
        case Value::Kind::kWords:
            return value.file_too
                       ? fmt::format("{{compadd {}; _files}}", fmt::join(value.words, " "))
                       : fmt::format("({})", fmt::join(value.words, " "));
        case Value::Kind::kFolder:
            return "_files -/";
        case Value::Kind::kFile:
            return "_files";
        case Value::Kind::kNumber:
        case Value::Kind::kNone:
            break;
    }
    return " ";
}

std::string zsh_function_name(const std::string& path) {
    std::string name = "_dla_vp";
    for (const char c : path)
        name += c == '/' || c == '-' ? '_' : c;
    return name;
}

std::string zsh_option_lines(const CLI::App& command, const NamedValues& named) {
    std::string text;
    for (const CLI::Option* option : options_of(command)) {
        const Value value = value_of(*option, named);
        const std::string argument =
            value.kind == Value::Kind::kNone ? "" : fmt::format(":value:{}", zsh_action(value));
        for (const std::string& flag : flags_of(*option))
            text += fmt::format(" \\\n        '*{}[{}]{}'", flag,
                                zsh_text(option->get_description()), argument);
        if (flags_of(*option).empty())
            text += fmt::format(" \\\n        '*:{}:{}'", option->get_name(), zsh_action(value));
    }
    return text;
}

std::string zsh_function(const std::string& path, const CLI::App& command,
                         const NamedValues& named) {
    const auto commands = commands_of(command);
    const std::string name = zsh_function_name(path);
    std::string text = fmt::format("{}() {{\n    _arguments{}{}", name,
                                   commands.empty() ? "" : " -C", zsh_option_lines(command, named));
    if (commands.empty()) return text + "\n}\n\n";
    text +=
        " \\\n        '1:command:->command' '*::argument:->argument'\n    case $state in\n"
        "        command)\n            local -a commands=(";
    for (const CLI::App* next : commands)
        text += fmt::format("\n                '{}:{}'", next->get_name(),
                            zsh_text(next->get_description()));
    text +=
        ")\n            _describe command commands ;;\n"
        "        argument)\n            case $words[1] in\n";
    for (const CLI::App* next : commands)
        text += fmt::format("                {}) {} ;;\n", next->get_name(),
                            zsh_function_name(path + "/" + next->get_name()));
    return text + "            esac ;;\n    esac\n}\n\n";
}

int print_completion(const CLI::App& app, const std::string& shell) {
    NamedValues named{{"--config", builtin_config_names()}};
    for (const char* option : {"--memory", "--second-memory"})
        named[option] = builtin_memory_names();
    fmt::print("{}", shell == "bash" ? bash_completion(app, named) : zsh_completion(app, named));
    return 0;
}

}  // namespace

std::string bash_completion(const CLI::App& app, const NamedValues& named) {
    std::string paths;
    std::string values;
    std::string words;
    walk(app, "", [&](const std::string& path, const CLI::App& command) {
        std::vector<std::string> list;
        bool positional = false;
        for (const CLI::App* next : commands_of(command))
            list.push_back(next->get_name());
        for (const CLI::Option* option : options_of(command)) {
            const auto flags = flags_of(*option);
            list.insert(list.end(), flags.begin(), flags.end());
            positional = positional || flags.empty();
            const Value value = value_of(*option, named);
            if (value.kind == Value::Kind::kNone) continue;
            for (const std::string& flag : flags)
                values += fmt::format("        \"{} {}\") {}; return ;;\n", path, flag,
                                      bash_action(value));
        }
        if (!path.empty()) paths += (paths.empty() ? "" : "|") + path;
        words += fmt::format("        \"{}\") words=\"{}\"; files={} ;;\n", path,
                             fmt::join(list, " "), positional ? 1 : 0);
    });
    return fmt::format(
        "# bash completion for dla-vp; made by: dla-vp completion bash\n"
        "_dla_vp() {{\n"
        "    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}\n"
        "    local path= word words= files=0\n"
        "    for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
        "        case \"$path/$word\" in {}) path+=/$word ;; esac\n"
        "    done\n"
        "    case \"$path $previous\" in\n{}    esac\n"
        "    case $path in\n{}    esac\n"
        "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
        "    [ \"$files\" = 0 ] || COMPREPLY+=($(compgen -f -- \"$current\"))\n"
        "}}\n"
        "complete -o filenames -F _dla_vp dla-vp\n",
        paths, values, words);
}

std::string zsh_completion(const CLI::App& app, const NamedValues& named) {
    std::string text = "#compdef dla-vp\n# made by: dla-vp completion zsh\n\n";
    walk(app, "", [&](const std::string& path, const CLI::App& command) {
        text += zsh_function(path, command, named);
    });
    return text + "_dla_vp \"$@\"\n";
}

void add_completion_command(CLI::App& app, int& exit_code) {
    const auto shell = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("completion", "completion of commands and options for a shell");
    command->add_option("shell", *shell, "which one")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh"}));
    command->footer(
        "Example: source <(dla-vp completion bash)\n"
        "         dla-vp completion zsh > ~/.zfunc/_dla-vp     with ~/.zfunc in fpath\n"
        "Exit code 0, 2: wrong command line.");
    command->callback([&app, shell, &exit_code] { exit_code = print_completion(app, *shell); });
}

}  // namespace dla::vp
