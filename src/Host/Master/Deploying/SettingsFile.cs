// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Uaas.Configuration;
using Uaas.Linux;

namespace Uaas.Master.Deploying;

/// <summary>The form in which a guest gets its settings (docs/tenders.md): a head, then each value with its name, by name.</summary>
internal static class SettingsFile
{
    /// <summary>Bytes of all of it at most: a tender takes no more.</summary>
    internal const int MaxSize = 512 * 1024;

    /// <summary>Bytes of a secret at most.</summary>
    internal const int MaxSecret = 64 * 1024;

    private const int HeaderSize = 16;
    private const int EntrySize = 8;

    /// <summary>The environment of a service and its secrets, whose files are read now; null where it has neither.</summary>
    /// <exception cref="UaasException">A file cannot be read, or is too large; or all together are.</exception>
    internal static byte[]? Encode(ServiceDefinition service)
    {
        if (service.Environment.Count == 0 && service.Secrets.Count == 0)
            return null;
        var values = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string name, string text) in service.Environment)
            values[name] = Encoding.UTF8.GetBytes(text);
        foreach ((string name, string path) in service.Secrets)
            values[name] = ReadSecret(name, path);
        int size = HeaderSize + values.Sum(value => EntrySize + value.Key.Length + value.Value.Length);
        if (size > MaxSize)
            throw new UaasException(Failure.Usage, $"its env and secrets take {size} bytes together: there are at most {MaxSize}", "serve what is large as content");
        return Write(values, size);
    }

    private static byte[] Write(SortedDictionary<string, byte[]> values, int size)
    {
        byte[] bytes = new byte[size];
        "UAASENV1"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), size);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), values.Count);
        Span<byte> rest = bytes.AsSpan(HeaderSize);
        foreach ((string name, byte[] value) in values)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, name.Length);
            BinaryPrimitives.WriteInt32LittleEndian(rest[4..], value.Length);
            Encoding.ASCII.GetBytes(name, rest[EntrySize..]);
            value.CopyTo(rest[(EntrySize + name.Length)..]);
            rest = rest[(EntrySize + name.Length + value.Length)..];
        }
        return bytes;
    }

    private static byte[] ReadSecret(string name, string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[MaxSecret + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxSecret)
                throw new UaasException(Failure.Content, $"the secret {name}: {path} is larger than {MaxSecret} bytes", "serve what is large as content");
            return bytes[..LengthWithoutEnd(bytes.AsSpan(0, length))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UaasException(Failure.Content, $"cannot read the secret {name}: {e.Message}", "name a file that the daemon's user may read", e);
        }
    }

    /// <summary>The end of the only line of a file is an editor's doing, not a part of the secret.</summary>
    private static int LengthWithoutEnd(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)'\n');
        if (end < 0 || end != bytes.Length - 1)
            return bytes.Length;
        return end > 0 && bytes[end - 1] == (byte)'\r' ? end - 1 : end;
    }
}
