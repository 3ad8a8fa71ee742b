// SPDX-License-Identifier: Apache-2.0

using System;
using System.CommandLine;
using System.CommandLine.Completions;
using System.Threading.Tasks;

namespace Uaas.Cli.Verbs;

/// <summary><c>uaas completion</c>: what a shell runs to complete this command's words. The words come from the command itself, by its directive <c>[suggest]</c>.</summary>
internal static class CompletionCommand
{
    // Options are shown to whoever has begun one. Where the command has no word that fits, names of files are the shell's own.
    private const string Bash = """
        _uaas() {
            local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]} found
            found=$(uaas "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)
            [[ $word == -* ]] || found=$(grep -v '^-' <<<"$found")
            COMPREPLY=($(compgen -W "$found" -- "$word"))
        }
        complete -o default -F _uaas uaas
        """;

    private const string Zsh = """
        #compdef uaas
        _uaas() {
            local -a found
            found=("${(@f)$(uaas "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            [[ $PREFIX == -* ]] || found=(${found:#-*})
            if [[ -n "${found[1]}" ]]; then
                compadd -a found
            else
                _files
            fi
        }
        if [[ "$funcstack[1]" = _uaas ]]; then
            _uaas
        else
            compdef _uaas uaas
        fi
        """;

    private const string Fish = """
        function __uaas_words
            set -l line (commandline -cp)
            set -l found (uaas "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
            string match -q -- '-*' (commandline -ct); or set found (string match -v -- '-*' $found)
            if test (count $found) -gt 0
                printf '%s\n' $found
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c uaas -f -a '(__uaas_words)'
        """;

    private static readonly Argument<string> Shell = new("shell") { Description = "bash, zsh or fish", DefaultValueFactory = _ => "bash" };

    internal static Command Create()
    {
        Shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Prints a script that completes words of this command: source <(uaas completion bash)") { Shell };
        command.SetAction((arguments, _) =>
        {
            Console.Out.WriteLine(Script(arguments.GetRequiredValue(Shell)));
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    /// <summary>The script for a shell.</summary>
    internal static string Script(string shell) => shell switch
    {
        "zsh" => Zsh,
        "fish" => Fish,
        _ => Bash,
    };
}
