// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Uaas.Content;

namespace Uaas.Host.Images.Writing;

/// <summary>The hash table on disk: each page is a table of its own with linear probing, so that a search reads one page.</summary>
internal static class IndexPages
{
    /// <summary>Slots of a page to fill at most: a search that fails ends at an empty one soon.</summary>
    private const int MostUsed = ContentFormat.Index.SlotsPerPage * 3 / 4;

    /// <summary>How many pages it takes that none gets too full.</summary>
    internal static int Count(IReadOnlyList<ImageEntry> entries)
    {
        ulong[] hashes = [.. entries.Where(static entry => entry.IsIndexed).Select(static entry => XxHash64.Hash(entry.PathBytes))];
        int pages = hashes.Length / (ContentFormat.Index.SlotsPerPage / 2) + 1;
        while (IsTooFull(hashes, pages))
        {
            pages += 1 + pages / 8;
        }

        return pages;
    }

    /// <summary>The pages, without their checksums.</summary>
    internal static byte[][] Build(IReadOnlyList<ImageEntry> entries, int count)
    {
        byte[][] pages = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            pages[i] = new byte[ContentFormat.PageSize];
        }

        foreach (ImageEntry entry in entries.Where(static entry => entry.IsIndexed))
        {
            ulong hash = XxHash64.Hash(entry.PathBytes);
            Insert(pages[ContentFormat.Index.PageOf(hash, count)], hash, entry.Offset);
        }

        return pages;
    }

    private static void Insert(byte[] page, ulong hash, long offset)
    {
        int slot = ContentFormat.Index.FirstSlotOf(hash);
        while (true)
        {
            Span<byte> bytes = page.AsSpan(slot * ContentFormat.Index.SlotSize, ContentFormat.Index.SlotSize);
            if (BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]) == 0)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, hash);
                BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], offset);
                return;
            }

            slot = (slot + 1) % ContentFormat.Index.SlotsPerPage;
        }
    }

    private static bool IsTooFull(ulong[] hashes, int pages)
    {
        int[] used = new int[pages];
        foreach (ulong hash in hashes)
        {
            if (++used[ContentFormat.Index.PageOf(hash, pages)] > MostUsed)
            {
                return true;
            }
        }

        return false;
    }
}
