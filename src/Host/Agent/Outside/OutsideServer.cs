// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;
using Uaas.Protocol;

namespace Uaas.Agent.Outside;

/// <summary>
/// The way out of a node, in the host's network: it accepts what the node's network hands to a socket there, looks whether that instance may connect there,
/// connects as any process of this user would, and passes bytes both ways. It looks up names for those instances too.
/// </summary>
/// <param name="control">Where the agent connects.</param>
/// <param name="namesPath">Where names are asked for.</param>
public sealed class OutsideServer(Socket control, string namesPath) : IDisposable
{
    /// <summary>The byte that the listening socket comes with.</summary>
    public const byte ListenerMark = (byte)'L';

    /// <summary>The longest line between the agent and this.</summary>
    public const int MaxLine = 64 * 1024;

    private const int MaxQuestions = 64;

    private const int BufferSize = 64 * 1024;

    private static readonly TimeSpan s_connectWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(8);

    private readonly CancellationTokenSource _stop = new();
    private readonly OutsidePolicy _policy = new();
    private readonly SemaphoreSlim _questions = new(MaxQuestions);
    private Socket? _names;

    /// <summary>The line after which connections are accepted.</summary>
    internal static ReadOnlySpan<byte> BeginLine => "begin"u8;

    /// <summary>Begins to serve.</summary>
    public void Start()
    {
        // Before any agent hears that an instance is known, that instance can ask.
        _names = LocalSocket.Listen(namesPath);
        _ = AnswerNamesAsync(_names);
        new Thread(ServeAgents, maxStackSize: 256 * 1024) { IsBackground = true, Name = "agents" }.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _names?.Dispose();
        File.Delete(namesPath);
    }

    /// <summary>One agent at a time: the next one is that after its death.</summary>
    private void ServeAgents()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using Socket agent = control.Accept();
                ServeAgent(agent);
            }
            catch (SocketException)
            {
                // It was gone before it was accepted.
                Thread.Sleep(10);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void ServeAgent(Socket socket)
    {
        (int mark, SafeFileHandle? passed) = DescriptorPassing.Receive(socket);
        if (mark != ListenerMark || passed is null)
            return;
        using var listener = new Socket(new SafeSocketHandle(passed.DangerousGetHandle(), ownsHandle: true));
        passed.SetHandleAsInvalid();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using var lines = new LineConnection(socket, MaxLine);
        var admitted = new HashSet<IPAddress>();
        while (lines.TryReadLine(out ReadOnlySpan<byte> line))
        {
            // Nobody is taken in before all are known who were let out under the process before this one.
            if (line.SequenceEqual(BeginLine))
                _ = AcceptAsync(listener, over.Token);
            else if (!Carry(Encoding.UTF8.GetString(line), admitted))
                break;
            if (!lines.TrySend("ok\n"u8))
                break;
        }
        over.Cancel();
        foreach (IPAddress instance in admitted)
            _policy.Expel(instance);
    }

    /// <summary><c>+ ADDRESS RULE...</c> or <c>- ADDRESS</c>.</summary>
    private bool Carry(string line, HashSet<IPAddress> admitted)
    {
        string[] words = line.Split(' ');
        if (words.Length < 2 || !IPAddress.TryParse(words[1], out IPAddress? instance))
            return false;
        if (words[0] == "-")
        {
            admitted.Remove(instance);
            _policy.Expel(instance);
            return true;
        }
        var rules = new List<OutsideRule>();
        foreach (string word in words.Skip(2))
        {
            if (!OutsideRule.TryParse(word, out OutsideRule rule))
                return false;
            rules.Add(rule);
        }
        admitted.Add(instance);
        _policy.Admit(instance, rules);
        return words[0] == "+";
    }

    private async Task AcceptAsync(Socket listener, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Socket inner = await listener.AcceptAsync(stop).ConfigureAwait(false);
                _ = RelayAsync(inner, stop);
            }
            catch (SocketException)
            {
                // No descriptor is left, or the guest was gone before it was accepted.
                await Task.Delay(10, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task RelayAsync(Socket inner, CancellationToken stop)
    {
        using Socket _ = inner;
        inner.LingerState = new LingerOption(true, 0);
        if (inner.RemoteEndPoint is not IPEndPoint { Address: var instance } || inner.LocalEndPoint is not IPEndPoint destination)
            return;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var connection = new Connection(over);
        if (!_policy.TryBegin(instance, destination, IsOwn(destination.Address), connection))
            return;
        try
        {
            using var outer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            inner.NoDelay = true;
            inner.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            outer.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            using (var connecting = CancellationTokenSource.CreateLinkedTokenSource(over.Token))
            {
                connecting.CancelAfter(s_connectWithin);
                await outer.ConnectAsync(destination, connecting.Token).ConfigureAwait(false);
            }
            await Task.WhenAll(CopyAsync(inner, outer, over), CopyAsync(outer, inner, over)).ConfigureAwait(false);
            inner.LingerState = new LingerOption(false, 0);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side is gone, or the instance: the other is reset.
        }
        finally
        {
            _policy.End(instance, connection);
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationTokenSource over)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await from.ReceiveAsync(buffer, over.Token).ConfigureAwait(false) is > 0 and int count)
            {
                for (int sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), over.Token).ConfigureAwait(false);
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            await over.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Whether an address is this machine's own: then, and only then, a socket can have it.</summary>
    private static bool IsOwn(IPAddress address)
    {
        using var trial = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            trial.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task AnswerNamesAsync(Socket names)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket asker = await names.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _ = AnswerAsync(asker);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                if (e is not SocketException)
                    return;
            }
        }
    }

    /// <summary><c>ADDRESS NAME</c>: who asks, and for what. The answer is an address, or nothing.</summary>
    private async Task AnswerAsync(Socket asker)
    {
        using Socket _ = asker;
        if (!await _questions.WaitAsync(0).ConfigureAwait(false))
            return;
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            deadline.CancelAfter(s_answerWithin);
            byte[] buffer = new byte[512];
            int count = await asker.ReceiveAsync(buffer, deadline.Token).ConfigureAwait(false);
            string[] words = Encoding.ASCII.GetString(buffer, 0, count).TrimEnd('\n').Split(' ');
            if (words.Length != 2 || !IPAddress.TryParse(words[0], out IPAddress? instance) || !_policy.Knows(instance))
                return;
            IPAddress[] found = await Dns.GetHostAddressesAsync(words[1], AddressFamily.InterNetwork, deadline.Token).ConfigureAwait(false);
            if (_policy.Choose(instance, found) is { } address)
                await asker.SendAsync(Encoding.ASCII.GetBytes($"{address}"), deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException or ArgumentException)
        {
            // No such name, or nobody who waits for it.
        }
        finally
        {
            _questions.Release();
        }
    }

    private sealed class Connection(CancellationTokenSource over) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                over.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended by itself.
            }
        }
    }
}
