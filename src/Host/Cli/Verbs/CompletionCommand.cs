// SPDX-License-Identifier: Apache-2.0

using System;
using System.CommandLine;

namespace Uaas.Cli.Verbs;

/// <summary><c>uaas completion</c>: what a shell runs to complete this command's words. The words come from the command itself, by its directive <c>[suggest]</c>.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _uaas() {
            local IFS=$'\n'
            COMPREPLY=($(uaas "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _uaas uaas
        """;

    private const string Zsh = """
        _uaas() {
            local words_so_far="$BUFFER"
            compadd -- ${(f)"$(uaas "[suggest:${CURSOR}]" "${words_so_far}" 2>/dev/null)"}
        }
        compdef _uaas uaas
        """;

    private static readonly Argument<string> Shell = new("shell") { Description = "bash or zsh", DefaultValueFactory = _ => "bash" };

    internal static Command Create()
    {
        Shell.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Prints a script that completes words of this command: source <(uaas completion bash)") { Shell };
        command.SetAction((arguments, _) =>
        {
            Console.Out.WriteLine(arguments.GetValue(Shell) == "zsh" ? Zsh : Bash);
            return System.Threading.Tasks.Task.FromResult(ExitCode.Ok);
        });
        return command;
    }
}
