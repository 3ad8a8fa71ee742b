// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Amf;

namespace Uaas.Media.Rtmp;

/// <summary>A command as it arrived: a view over its message.</summary>
public readonly ref struct RtmpCommand
{
    private RtmpCommand(ReadOnlySpan<byte> name, ulong transaction, ReadOnlySpan<byte> arguments)
    {
        Name = name;
        Transaction = transaction;
        Arguments = arguments;
    }

    /// <summary>The name: connect, publish and so on.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>What the answer repeats: a double's bits.</summary>
    public ulong Transaction { get; }

    /// <summary>The values behind the transaction, of which the first is the command object or null.</summary>
    public ReadOnlySpan<byte> Arguments { get; }

    /// <summary>Reads name and transaction; false where they are not there.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out RtmpCommand command)
    {
        AmfReader reader = new(body);
        command = default;
        if (!reader.TryReadString(out ReadOnlySpan<byte> name) || !reader.TryReadNumber(out ulong transaction)) return false;
        command = new RtmpCommand(name, transaction, reader.Rest);
        return true;
    }

    /// <summary>The application's name in a connect command, without a slash at its end or what follows a question mark.</summary>
    public bool TryReadApplication(out ReadOnlySpan<byte> name)
    {
        if (!new AmfReader(Arguments).TryFindString("app"u8, out name)) return false;
        name = WithoutQuery(name);
        while (!name.IsEmpty && name[^1] == '/') name = name[..^1];
        return true;
    }

    /// <summary>The stream's name in a publish or play command, and the query that follows it behind a question mark.</summary>
    public bool TryReadStreamName(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> query)
    {
        AmfReader reader = new(Arguments);
        name = query = default;
        if (!reader.TrySkip() || !reader.TryReadString(out ReadOnlySpan<byte> text)) return false;
        name = WithoutQuery(text);
        if (name.Length < text.Length) query = text[(name.Length + 1)..];
        return true;
    }

    /// <summary>Whether a connect command says that the peer knows Enhanced RTMP (v2, "Enhancing NetConnection connect Command").</summary>
    public bool KnowsFourCc => new AmfReader(Arguments).HasProperty("fourCcList"u8) || new AmfReader(Arguments).HasProperty("videoFourCcInfoMap"u8);

    private static ReadOnlySpan<byte> WithoutQuery(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)'?');
        return end < 0 ? text : text[..end];
    }
}
