// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Platform;
using Uaas.Wire;

/// <summary>
/// Sends each frame back to where it came from, and says once that the device vouched for a frame's checksum.
/// Ends with status 7 when asked to stop, and with 0 at a frame of type 0x88B5 (for local experiments) whose payload begins with 'q'.
/// </summary>
internal static class Program
{
    private const int TypeOffset = 12;

    internal static void Main()
    {
        NetworkDevice? device = Machine.OpenNetwork(0);
        if (device is null)
        {
            Machine.Exit(2);
            return;
        }

        Machine.Write((device.Offloads & NetworkOffloads.Segmentation) != 0 ? "offload\n"u8 : "plain\n"u8);
        Machine.Write("ready\n"u8);
        bool saidTrusted = false;
        while (!Machine.StopRequested)
        {
            while (device.TryReceive(out ReceivedFrame frame))
            {
                if (IsQuit(frame.Bytes)) Machine.Exit(0);
                if (frame.ChecksumTrusted && !saidTrusted) Machine.Write("trusted\n"u8);
                saidTrusted |= frame.ChecksumTrusted;
                Echo(device, frame);
            }

            Machine.Wait(long.MaxValue);
        }

        Machine.Write("stopped\n"u8);
        Machine.Exit(7);
    }

    private static bool IsQuit(ReadOnlySpan<byte> frame) =>
        frame.Length > NetworkDevice.EthernetHeaderSize && frame[TypeOffset] == 0x88 && frame[TypeOffset + 1] == 0xB5 && frame[TypeOffset + 2] == 'q';

    private static void Echo(NetworkDevice device, in ReceivedFrame frame)
    {
        Span<byte> reply = device.BeginTransmit(frame.Bytes.Length);
        if (reply.IsEmpty) return;
        frame.Bytes.CopyTo(reply);
        frame.Bytes.Slice(MacAddress.Size, MacAddress.Size).CopyTo(reply);
        device.Address.Write(reply.Slice(MacAddress.Size));
        device.EndTransmit(reply.Length, default);
    }
}
