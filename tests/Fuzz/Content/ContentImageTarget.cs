// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;
using Uaas.Content;

namespace Uaas.Fuzz.Content;

/// <summary>
/// A content image whose metadata is the input, with right checksums, so that nothing but the reader's own checks stands between it and harm:
/// mounts it, and asks for everything that there is.
/// </summary>
internal sealed class ContentImageTarget : IFuzzTarget
{
    private static readonly string[] s_paths = ["", "a.txt", "d", "old", "moved", "d/none"];

    private readonly ContentSeed _device = new();
    private readonly byte[] _buffer = new byte[100];

    public IReadOnlyList<byte[]> Seeds { get; } = [ContentSeed.Make()];

    public ContentImageTarget()
    {
        // Were the seed itself refused, no input would get far.
        _device.Set(Seeds[0]);
        Expect(ContentImage.Mount(_device, 0, out ContentImage? image) == ContentResult.Ok && image!.Find("a.txt"u8, out _) == ContentResult.Ok);
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        _device.Set(input);
        if (ContentImage.Mount(_device, 0, out ContentImage? image) != ContentResult.Ok)
        {
            return;
        }

        foreach (string path in s_paths)
        {
            if (image!.Find(Encoding.UTF8.GetBytes(path), out ContentEntry entry) == ContentResult.Ok)
            {
                Explore(image, entry, depth: 4);
            }
        }

        if (image!.Open(image.Root, out ContentEntry root) == ContentResult.Ok)
        {
            Explore(image, root, depth: 4);
        }
    }

    private void Explore(ContentImage image, ContentEntry entry, int depth)
    {
        Expect(entry.Path.Length <= ContentFormat.MaxPathLength);
        switch (entry.Kind)
        {
            case ContentEntryKind.File:
                ReadFile(image, entry);
                break;
            case ContentEntryKind.Directory:
                ContentEntryId page = entry.DirectoryPage;
                ContentEntryId json = entry.DirectoryJson;
                Follow(image, page, depth);
                Follow(image, json, depth);
                break;
            default:
                Expect(entry.RedirectStatus is >= 301 and <= 308 && entry.RedirectTarget.Length > 0 && entry.RedirectTarget.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0);
                break;
        }
    }

    private void Follow(ContentImage image, ContentEntryId id, int depth)
    {
        if (depth > 0 && image.Open(id, out ContentEntry entry) == ContentResult.Ok)
        {
            Explore(image, entry, depth - 1);
        }
    }

    private void ReadFile(ContentImage image, ContentEntry entry)
    {
        Expect(entry.MediaType.Length > 0 && entry.MediaType.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0);
        Expect(entry.RepresentationCount is >= 1 and <= 4 && entry.GetRepresentation(0).Coding == ContentCoding.Identity);
        Expect(entry.LastModified is >= 0 and <= 253402300799);
        for (int i = entry.RepresentationCount - 1; i > 0; i--)
        {
            Expect(entry.GetRepresentation(i).File.Length <= image.Length);
        }

        ContentFile file = entry.GetRepresentation(0).File;
        Expect(file.Length >= 0 && file.Length <= image.Length);
        int count = (int)Math.Min(_buffer.Length, file.Length);
        file.Read(0, _buffer.AsSpan(0, count));
        file.Read(file.Length - count, _buffer.AsSpan(0, count));
        Expect(file.Read(file.Length - count, _buffer) == ContentResult.OutOfRange || count == _buffer.Length);
    }

    private static void Expect(bool promise)
    {
        if (!promise)
        {
            throw new InvalidOperationException("the reader gave out what it should have refused");
        }
    }
}
