// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;

namespace Uaas.Tenders;

/// <summary>What the command line says about how the process closes itself in, beside what every tender does.</summary>
public struct ConfinementOptions()
{
    /// <summary>Control groups that it can be told to enter: one for each of version 1's hierarchies that limits are set in.</summary>
    public const int MaxGroups = 4;

    private GroupDescriptors _groups;

    /// <summary>The user and group to become; 0 to stay who it is.</summary>
    public uint User { get; private set; }

    /// <summary>Open directory that becomes its root; -1 to keep the one it has.</summary>
    public int Root { get; private set; } = -1;

    /// <summary>How many control groups it enters.</summary>
    public int GroupCount { get; private set; }

    /// <summary>Descriptor of the file by which it enters control group <paramref name="index"/>.</summary>
    public readonly int Group(int index) => _groups[index];

    /// <summary>Takes an option; false where it is of another kind. <paramref name="failure"/> says what is wrong with one that is taken.</summary>
    public bool Takes(ReadOnlySpan<byte> argument, out Failure failure)
    {
        failure = default;
        TenderError error;
        if (argument.StartsWith("--user="u8)) error = ApplyUser(argument.Slice("--user="u8.Length));
        else if (argument.StartsWith("--root=@"u8)) error = ApplyRoot(argument.Slice("--root=@"u8.Length));
        else if (argument.StartsWith("--group=@"u8)) error = ApplyGroup(argument.Slice("--group=@"u8.Length));
        else return false;
        if (error != TenderError.None) failure = new Failure(error, argument, MaxGroups);
        return true;
    }

    private TenderError ApplyUser(ReadOnlySpan<byte> value)
    {
        if (!Number.TryParse(value, uint.MaxValue - 1, out uint user) || user == 0) return TenderError.UserInvalid;
        User = user;
        return TenderError.None;
    }

    private TenderError ApplyRoot(ReadOnlySpan<byte> value)
    {
        if (!Number.TryParse(value, int.MaxValue, out uint descriptor)) return TenderError.DescriptorInvalid;
        Root = (int)descriptor;
        return TenderError.None;
    }

    private TenderError ApplyGroup(ReadOnlySpan<byte> value)
    {
        if (!Number.TryParse(value, int.MaxValue, out uint descriptor)) return TenderError.DescriptorInvalid;
        if (GroupCount == MaxGroups) return TenderError.TooManyGroups;
        _groups[GroupCount++] = (int)descriptor;
        return TenderError.None;
    }

    [InlineArray(MaxGroups)]
    private struct GroupDescriptors
    {
        private int _first;
    }
}
