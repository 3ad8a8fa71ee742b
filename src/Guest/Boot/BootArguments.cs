// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Boot;

/// <summary>
/// The guest's command line: words of the form <c>key=value</c>, separated by spaces, the same on every platform. A key is given once; words that the
/// platform itself adds (<c>virtio_mmio.device=</c>, <c>--solo5:</c>) are passed over.
/// </summary>
public readonly ref struct BootArguments(ReadOnlySpan<byte> commandLine)
{
    private readonly ReadOnlySpan<byte> _commandLine = commandLine;

    /// <summary>
    /// The first word that a guest which knows <paramref name="knownKeys"/> cannot take: an unknown key, a key given twice, or a word without '='.
    /// Empty when there is none.
    /// </summary>
    /// <param name="knownKeys">The keys, separated by spaces.</param>
    public ReadOnlySpan<byte> FindUnacceptable(ReadOnlySpan<byte> knownKeys)
    {
        WordReader words = new(_commandLine);
        while (words.Next(out ReadOnlySpan<byte> word))
        {
            if (IsPlatformWord(word)) continue;
            int equals = word.IndexOf((byte)'=');
            if (equals <= 0 || !Contains(knownKeys, word[..equals]) || Count(word[..equals]) != 1) return word;
        }

        return default;
    }

    /// <summary>The value of a key; false when the key is absent.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        WordReader words = new(_commandLine);
        while (words.Next(out ReadOnlySpan<byte> word))
        {
            if (word.Length > key.Length && word[key.Length] == (byte)'=' && word.StartsWith(key))
            {
                value = word[(key.Length + 1)..];
                return true;
            }
        }

        value = default;
        return false;
    }

    private int Count(ReadOnlySpan<byte> key)
    {
        int count = 0;
        WordReader words = new(_commandLine);
        while (words.Next(out ReadOnlySpan<byte> word))
        {
            if (word.Length > key.Length && word[key.Length] == (byte)'=' && word.StartsWith(key)) count++;
        }

        return count;
    }

    private static bool IsPlatformWord(ReadOnlySpan<byte> word) => word.StartsWith("virtio_mmio.device="u8) || word.StartsWith("--solo5:"u8);

    private static bool Contains(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> key)
    {
        WordReader words = new(keys);
        while (words.Next(out ReadOnlySpan<byte> word))
        {
            if (word.SequenceEqual(key)) return true;
        }

        return false;
    }

    private ref struct WordReader(ReadOnlySpan<byte> text)
    {
        private ReadOnlySpan<byte> _rest = text;

        internal bool Next(out ReadOnlySpan<byte> word)
        {
            while (!_rest.IsEmpty && _rest[0] == (byte)' ') _rest = _rest[1..];
            int end = _rest.IndexOf((byte)' ');
            word = end < 0 ? _rest : _rest[..end];
            _rest = _rest[word.Length..];
            return !word.IsEmpty;
        }
    }
}
