// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>Answers a guest's extension note in its memory.</summary>
internal static class ExtensionWriter
{
    /// <summary>What of the guest's wishes this tender grants.</summary>
    internal static GuestFeatures Grant(in ExtensionRequest request, GuestFeatures offered) => request.Wanted & offered;

    /// <summary>Writes the answer; a guest without the note gets none.</summary>
    internal static void Write(in GuestMemory memory, in ExtensionRequest request, GuestFeatures granted, in GuestSettings settings, ReadOnlySpan<Device> devices)
    {
        if (request.AnswerAddress == 0) return;
        Span<byte> seed = stackalloc byte[ExtensionAnswer.SeedSize];
        seed.Clear();
        if ((granted & GuestFeatures.Entropy) != 0) Entropy.Fill(seed);
        ExtensionAnswer answer = new() { Granted = granted, Seed = seed, SettingsAddress = settings.Address, SettingsLength = settings.Length };
        if (settings.Length != 0) answer.Granted |= GuestFeatures.Settings;
        for (int handle = 1; handle < devices.Length; handle++)
        {
            if (devices[handle].HasNetHeader && (granted & GuestFeatures.Offload) != 0) answer.OffloadHandles |= 1ul << handle;
            if (devices[handle].ReadOnly) answer.ReadOnlyHandles |= 1ul << handle;
        }

        answer.Write(memory.Slice(request.AnswerAddress, ExtensionAnswer.Size));
        seed.Clear();
    }
}
