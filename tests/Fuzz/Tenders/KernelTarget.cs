// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Tenders;
using Uaas.Tenders.Tests;

namespace Uaas.Fuzz.Tenders;

/// <summary>A kernel file of any content: headers, segments, notes, manifest. What the checker lets through must be safe to load.</summary>
internal sealed class KernelTarget : IFuzzTarget
{
    private const ulong MemorySize = 4 << 20;

    private readonly byte[] _headers = new byte[KernelImage.HeaderStorageSize];
    private readonly byte[] _manifest = new byte[Manifest.MaxSize];

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Small().Build(),
        Small(("service", DeviceKind.Net), ("content", DeviceKind.Block)).Build(),
        Small(("service", DeviceKind.Net)).Note(ElfBuilder.Extensions(GuestFeatures.Offload | GuestFeatures.Stop, 0x101000)).Build(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        MemoryFile file = new(input.ToArray());
        if (!KernelImage.TryRead(ref file, SoloTarget.Spt, MemorySize, _headers, _manifest, out KernelImage image, out Failure failure))
        {
            Promise(failure.Error != TenderError.None && TenderErrorText.Of(failure.Error).Length > 0, "a refusal has a reason");
            return;
        }

        Promise(image.Entry >= Solo5.GuestBase && image.Entry < MemorySize, "the entry is in memory");
        ulong end = Solo5.GuestBase;
        for (int i = 0; i < image.SegmentCount; i++)
        {
            Segment segment = image[i];
            if (!segment.IsLoaded) continue;
            Promise(segment.Start >= end && segment.End > segment.Start && segment.End <= MemorySize, "segments ascend in memory");
            Promise(segment.Address >= segment.Start && segment.Address + segment.MemorySize <= segment.End && segment.FileSize <= segment.MemorySize, "a segment holds its bytes");
            Promise(segment.FileOffset + segment.FileSize <= file.Length, "a segment is in the file");
            Promise(!segment.Access.HasFlag(SegmentAccess.Write | SegmentAccess.Execute), "nothing is writable and executable");
            end = segment.End;
        }

        Promise(end == image.LoadedEnd, "the loaded end is the last segment's");
        for (int handle = 1; handle < image.Manifest.Count; handle++)
        {
            Promise(image.Manifest.Find(image.Manifest.Name(handle)) == handle, "a name finds its device");
            Promise(!image.Manifest.IsAttached(handle), "nothing is attached yet");
        }

        ulong answer = image.Extensions.AnswerAddress;
        Promise(answer == 0 || (answer >= Solo5.GuestBase && answer <= MemorySize - ExtensionAnswer.Size), "the answer is in memory");
    }

    private static ElfBuilder Small(params (string Name, DeviceKind Kind)[] devices)
    {
        ElfBuilder elf = ElfBuilder.Good(SoloTarget.Spt, devices);
        elf.Compact = true;
        return elf;
    }

    private static void Promise(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"broken: {what}");
    }
}
