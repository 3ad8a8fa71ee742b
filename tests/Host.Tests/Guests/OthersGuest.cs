// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Cli;

namespace Uaas.Host.Tests.Guests;

/// <summary>A guest of ours without the note that says so: to the node it is one that somebody else built.</summary>
internal static class OthersGuest
{
    private const int NoteHeader = 12;

    private static ReadOnlySpan<byte> Owner => "uaas\0"u8;

    /// <summary>Writes such a copy of an image of the tests.</summary>
    /// <param name="name">The image's name.</param>
    /// <param name="kind">Its kind: spt, hvt, pvh.</param>
    /// <param name="path">Where to.</param>
    internal static void Write(string name, string kind, string path)
    {
        byte[] image = File.ReadAllBytes(Locations.Find().Image(name, kind));
        int renamed = 0;
        for (int at = NoteHeader; at < image.Length - Owner.Length; at++)
        {
            if (!image.AsSpan(at).StartsWith(Owner) || BitConverter.ToInt32(image, at - NoteHeader) != Owner.Length)
                continue;
            "none"u8.CopyTo(image.AsSpan(at));
            renamed++;
        }
        if (renamed == 0)
            throw new InvalidDataException($"there is no note of ours in {name}.{kind}");
        File.WriteAllBytes(path, image);
    }
}
