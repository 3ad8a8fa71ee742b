// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Uaas.Net.Testing;
using Uaas.Networking;

namespace Uaas.Services.Tests.Links;

/// <summary>
/// What a guest of others is on the network: Linux's stack and C library at the end of an instance's link. Frames are carried by hand between the link's tap and one in a
/// namespace that has nothing else.
/// </summary>
internal sealed partial class ForeignGuest : IDisposable
{
    private const int LargestFrame = 2048;
    private const int OneMillisecond = 1;

    private readonly NetworkNamespace _namespace = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-foreign-").FullName;
    private readonly InstanceLink _link;
    private readonly Tap _own;
    private readonly Thread _carrier;
    private volatile bool _isOver;

    internal ForeignGuest(InstanceLink link)
    {
        _link = link;
        _own = _namespace.Run(() => Tap.Create(offloads: false));
        _namespace.Command($"ip link set {_own.Name} address {link.EthernetAddress} up");
        _namespace.Command($"ip addr add {link.Address}/32 dev {_own.Name}");
        _namespace.Command($"ip route add {NodeNetwork.NodeAddress} dev {_own.Name}");
        _namespace.Command($"ip route add default via {NodeNetwork.NodeAddress}");
        File.WriteAllText(Path.Combine(_folder, "resolv.conf"), $"nameserver {NodeNetwork.NodeAddress}\n");
        File.WriteAllText(Path.Combine(_folder, "nsswitch.conf"), "hosts: dns\n");
        _carrier = new Thread(Carry) { IsBackground = true, Name = "foreign guest" };
        _carrier.Start();
    }

    /// <summary>Runs a shell command in the guest, which resolves names by the node's server; what it prints.</summary>
    internal string Shell(string command)
    {
        string script = Path.Combine(_folder, "script");
        File.WriteAllText(script, string.Create(CultureInfo.InvariantCulture,
            $"mount --bind {_folder}/resolv.conf /etc/resolv.conf\nmount --bind {_folder}/nsswitch.conf /etc/nsswitch.conf\n{command}\n"));
        return _namespace.Command($"unshare --mount sh -e {script}");
    }

    /// <summary>Sends frames of the guest's own making, as fast as they go.</summary>
    /// <param name="count">How many.</param>
    /// <param name="make">Makes the one of that number.</param>
    internal void Flood(int count, Func<int, byte[]> make)
    {
        for (int i = 0; i < count; i++)
            Send(_link.Tap.Descriptor, make(i));
    }

    /// <summary>The link's other end, as the guest sees it: destination of its frames.</summary>
    internal string NodeStation()
    {
        Shell("getent ahostsv4 peer || true");
        string neighbour = _namespace.Command($"ip neigh show {NodeNetwork.NodeAddress}");
        string[] words = neighbour.Split(' ');
        return words[Array.IndexOf(words, "lladdr") + 1];
    }

    internal InstanceLink Link => _link;

    public void Dispose()
    {
        _isOver = true;
        _carrier.Join();
        _own.Dispose();
        _namespace.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Carry()
    {
        byte[] frame = new byte[LargestFrame];
        while (!_isOver)
        {
            bool moved = Move(_link.Tap.Descriptor, _own.Descriptor, frame);
            moved |= Move(_own.Descriptor, _link.Tap.Descriptor, frame);
            if (!moved)
                Thread.Sleep(OneMillisecond);
        }
    }

    private static unsafe bool Move(SafeFileHandle from, SafeFileHandle to, byte[] frame)
    {
        fixed (byte* bytes = frame)
        {
            nint length = Read(from, bytes, frame.Length);
            if (length <= 0)
                return false;
            Write(to, bytes, length);
            return true;
        }
    }

    private static unsafe void Send(SafeFileHandle to, byte[] frame)
    {
        fixed (byte* bytes = frame)
            Write(to, bytes, frame.Length);
    }

    [LibraryImport("libc", EntryPoint = "read")]
    private static unsafe partial nint Read(SafeFileHandle descriptor, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "write")]
    private static unsafe partial nint Write(SafeFileHandle descriptor, byte* bytes, nint count);
}
