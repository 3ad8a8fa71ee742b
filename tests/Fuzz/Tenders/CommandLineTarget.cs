// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;
using Uaas.Tenders;

namespace Uaas.Fuzz.Tenders;

/// <summary>A tender's command line of any words; a newline separates two.</summary>
internal sealed unsafe class CommandLineTarget : IFuzzTarget
{
    private const int WordsMax = 100;

    private readonly DeviceOptions[] _devices = new DeviceOptions[CommandLine.MaxDevices];
    private readonly byte[] _guestArguments = new byte[Solo5.CommandLineSize];

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        "--mem=32\n--net:service=tap0\n--net-mac:service=02:00:00:00:00:01\n--net-mtu:service=1500\nkernel.spt\nip=10.0.0.2/32"u8.ToArray(),
        "--net:service=@5\n--block:content=/srv/my content\n--block-sector-size:content=16384\n--\nkernel\n--mem=1"u8.ToArray(),
        "--block-ro:a=b\n--help"u8.ToArray(),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] block = Encoding.ASCII.GetBytes("tender\n");
        block = [.. block, .. input, 0];
        fixed (byte* first = block)
        {
            byte** words = stackalloc byte*[WordsMax];
            int count = Split(first, block.Length, words);
            if (!CommandLine.TryParse(new Arguments(words, count), _devices, out CommandLine line, out Failure failure))
            {
                Promise(failure.Error != TenderError.None && TenderErrorText.Of(failure.Error).Length > 0, "a refusal has a reason");
                return;
            }

            if (line.Action != CommandAction.Run) return;
            Promise(line.MemoryMiB is >= 2 and <= 4096, "memory is within its bounds");
            Promise(line.KernelArgument > 0 && line.KernelArgument < count, "there is a kernel");
            foreach (ref readonly DeviceOptions device in line.Devices)
            {
                Promise(device.HasSource && device.Kind != DeviceKind.None, "a device has a source");
                Promise(Manifest.IsValidName(line.Arguments[device.Name]), "a device has a good name");
            }

            if (line.TryWriteGuestArguments(_guestArguments, out _)) Promise(Array.IndexOf(_guestArguments, (byte)0) >= 0, "the guest's line ends");
        }
    }

    /// <summary>Ends words in place; the first is the program's name.</summary>
    private static int Split(byte* text, int length, byte** words)
    {
        int count = 0;
        byte* start = text;
        for (int i = 0; i < length && count < WordsMax; i++)
        {
            if (text[i] != '\n' && i != length - 1) continue;
            text[i] = 0;
            words[count++] = start;
            start = text + i + 1;
        }

        return count;
    }

    private static void Promise(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"broken: {what}");
    }
}
