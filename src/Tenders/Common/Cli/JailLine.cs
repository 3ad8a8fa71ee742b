// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>The jail's command line: <c>[--group=@FD] [--namespaces] [--root=@FD] [--user=N] [--join=N] [--] PROGRAM [ARGUMENTS...]</c>.</summary>
public ref struct JailLine()
{
    private ConfinementOptions _confinement = new();

    /// <summary>How the program is closed in.</summary>
    public readonly ConfinementOptions Confinement => _confinement;

    /// <summary>Whether it gets namespaces of its own for mounts, IPC, names and network: the last with nothing in it.</summary>
    public bool HasNamespaces { get; private set; }

    /// <summary>A group that it is in beside its own, for a device that it opens itself; 0 for none.</summary>
    public uint JoinedGroup { get; private set; }

    /// <summary>Index of the argument that names the program; its own arguments follow.</summary>
    public int ProgramArgument { get; private set; }

    /// <summary>Reads <paramref name="arguments"/>.</summary>
    public static bool TryParse(Arguments arguments, out JailLine line, out Failure failure)
    {
        line = new JailLine();
        failure = default;
        int index = 1;
        for (; index < arguments.Count; index++)
        {
            ReadOnlySpan<byte> argument = arguments[index];
            if (argument.Length < 2 || argument[0] != '-') break;
            if (argument.SequenceEqual("--"u8))
            {
                index++;
                break;
            }

            if (!line.TryOption(argument, out failure)) return false;
        }

        line.ProgramArgument = index;
        if (index < arguments.Count) return true;
        failure = new Failure(TenderError.ProgramMissing);
        return false;
    }

    private bool TryOption(ReadOnlySpan<byte> argument, out Failure failure)
    {
        if (_confinement.Takes(argument, out failure)) return failure.Error == TenderError.None;
        if (argument.SequenceEqual("--namespaces"u8))
        {
            HasNamespaces = true;
            return true;
        }

        if (argument.StartsWith("--join="u8) && Number.TryParse(argument.Slice("--join="u8.Length), uint.MaxValue - 1, out uint group) && group != 0)
        {
            JoinedGroup = group;
            return true;
        }

        failure = new Failure(argument.StartsWith("--join="u8) ? TenderError.UserInvalid : TenderError.UnknownOption, argument);
        return false;
    }
}
