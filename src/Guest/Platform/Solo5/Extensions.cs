// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Uaas.Devices.Lanes;

namespace Uaas.Platform.Solo5;

/// <summary>
/// What the tender has granted beyond Solo5, of what the note in native/x64/solo5.inc asks for (docs/tenders.md). A tender that does not know the
/// note leaves the answer zero: nothing is granted.
/// </summary>
internal static unsafe class Extensions
{
    private const uint Magic = 0x31584155; // "UAX1"
    private const uint EntropyGranted = 2;
    private const uint StopGranted = 4;
    private const uint LargeBlocksGranted = 8;
    private const uint SettingsGranted = 16;
    private const uint GatherGranted = 32;
    private const uint LanesGranted = 64;

    // Where the tender maps them, above all memory of a guest.
    private const ulong LaneDirectory = 0x2_0000_0000;
    private const ulong FirstLane = 0x2_0040_0000;
    private const int LaneStride = 0x40_0000;

    private static int s_seedUsed;
    private static ulong s_seedDraws;

    /// <summary>Whether a request to stop shows as handle 0 in the ready set.</summary>
    internal static bool Stop => Granted(StopGranted);

    /// <summary>Whether a frame may be written from several places at once.</summary>
    internal static bool Gather => Granted(GatherGranted);

    /// <summary>Largest block request in bytes; 0 for one block at a time.</summary>
    internal static int BlockRequestMax => Granted(LargeBlocksGranted) ? (int)Answer->BlockRequestMax : 0;

    /// <summary>What the tender was given for the guest; nothing where it was given nothing.</summary>
    internal static ReadOnlySpan<byte> Settings => Granted(SettingsGranted) ? new ReadOnlySpan<byte>(Answer->Settings, (int)Answer->SettingsLength) : default;

    /// <summary>Opens the lanes to linked instances; null where there are none.</summary>
    internal static LaneSet? OpenLanes() => Granted(LanesGranted) ? new LaneSet((byte*)LaneDirectory, (byte*)FirstLane, LaneStride) : null;

    private static ExtensionAnswer* Answer => (ExtensionAnswer*)AnswerAddress();

    /// <summary>Whether frames of that network device carry the header of <see cref="OffloadHeader"/>.</summary>
    internal static bool Offload(int handle) => Answer->Magic == Magic && (Answer->OffloadHandles >> handle & 1) != 0;

    /// <summary>Whether writes to that block device are refused.</summary>
    internal static bool ReadOnly(int handle) => Answer->Magic == Magic && (Answer->ReadOnlyHandles >> handle & 1) != 0;

    /// <summary>Mixes the host's seed into what the processor gave, so that either alone is enough.</summary>
    internal static void MixSeed(Span<byte> destination)
    {
        if (!Granted(EntropyGranted)) return;
        for (int i = 0; i < destination.Length; i++)
        {
            // The seed's own bytes once; afterwards they only vary what the processor gives.
            int index = s_seedUsed++ & (ExtensionAnswer.SeedSize - 1);
            if (index == 0) s_seedDraws += 0x9E3779B97F4A7C15;
            destination[i] ^= (byte)(Answer->Seed[index] ^ (byte)(s_seedUsed > ExtensionAnswer.SeedSize ? s_seedDraws >> (index & 7) * 8 : 0));
        }
    }

    private static bool Granted(uint feature) => Answer->Magic == Magic && (Answer->Features & feature) != 0;

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_extension_answer")]
    private static extern void* AnswerAddress();

    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct ExtensionAnswer
    {
        internal const int SeedSize = 32;

        [FieldOffset(0)] internal uint Magic;
        [FieldOffset(8)] internal uint Features;
        [FieldOffset(16)] internal ulong OffloadHandles;
        [FieldOffset(24)] internal ulong ReadOnlyHandles;
        [FieldOffset(32)] internal uint BlockRequestMax;
        [FieldOffset(36)] internal uint SettingsLength;
        [FieldOffset(40)] internal byte* Settings;
        [FieldOffset(48)] internal fixed byte Seed[SeedSize];
    }
}
