// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Media.Recording;

/// <summary>How far a recording has come.</summary>
public enum RecordingState : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>It is being made.</summary>
    Open,

    /// <summary>It was ended in order.</summary>
    Complete,

    /// <summary>Whoever made it did not come to its end: what had reached the device is there.</summary>
    Recovered,

    /// <summary>The device failed before its end; the next start sees what can be had of it.</summary>
    Broken,
}

/// <summary>A recording, as it is known in memory.</summary>
internal struct RecordingEntry
{
    /// <summary>What its pages are marked with.</summary>
    internal ulong Key;

    /// <summary>Its number: later ones have larger ones.</summary>
    internal long Number;

    /// <summary>When it began, in seconds since 1970.</summary>
    internal long Start;

    /// <summary>Bytes of its tags.</summary>
    internal long BodyLength;

    /// <summary>Milliseconds from its first packet to its last.</summary>
    internal long Duration;

    /// <summary>Bytes before its tags as a file.</summary>
    internal int HeadLength;

    /// <summary>Bytes of the configurations that its tags begin with.</summary>
    internal int Prologue;

    /// <summary>Entries of its index.</summary>
    internal int KeyCount;

    /// <summary>Its first segment.</summary>
    internal int First;

    /// <summary>Its last segment.</summary>
    internal int Last;

    /// <summary>How many segments it has.</summary>
    internal int Segments;

    /// <summary>Bytes of the stream's name.</summary>
    internal byte NameLength;

    /// <summary>What is in it: <see cref="RecordingFormat.HasAudio"/>, <see cref="RecordingFormat.HasVideo"/>.</summary>
    internal byte Flags;

    /// <summary>How far it has come.</summary>
    internal RecordingState State;

    /// <summary>Whether it can be played.</summary>
    internal readonly bool IsPlayable => State is RecordingState.Complete or RecordingState.Recovered;

    /// <summary>Bytes of it as a file.</summary>
    internal readonly long FileLength => HeadLength + BodyLength;
}
