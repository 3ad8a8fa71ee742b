// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Media.Films;

/// <summary>
/// The numbers of a film's index, a file that lies beside the film in a content image: a header, then for each key frame its time in milliseconds and its
/// position in the film, both rising, 8 bytes each. Little-endian.
/// </summary>
internal static class FilmIndexFormat
{
    /// <summary>"UAASFLV1", the first eight bytes.</summary>
    internal const ulong Magic = 0x31564C4653414155;

    /// <summary>What the index's name has behind the film's.</summary>
    internal const string Suffix = ".uaas-index";

    internal const int HeadLength = 8;
    internal const int FilmLength = 16;
    internal const int Count = 24;
    internal const int Duration = 28;

    /// <summary>Bytes before the first entry.</summary>
    internal const int HeaderSize = 32;

    /// <summary>Bytes of an entry.</summary>
    internal const int EntrySize = 16;

    /// <summary>Entries at most; of more key frames, every second, third and so on is named.</summary>
    internal const int MaxEntries = 65_536;

    /// <summary>Bytes at most of what a player needs before any key frame.</summary>
    internal const int MaxHead = 16 << 20;
}
