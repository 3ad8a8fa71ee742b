// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Networking;

/// <summary>What is known of a name.</summary>
/// <param name="Code">Whether there is such a name for whoever asks.</param>
/// <param name="Address">Its address; null for none.</param>
public readonly record struct NameAnswer(NameCode Code, IPAddress? Address = null);

/// <summary>Who knows the names.</summary>
public interface INameDirectory
{
    /// <summary>Finds an address for a name. It may take a while, as when an instance is started for it.</summary>
    /// <param name="asker">The address of the instance that asks.</param>
    /// <param name="name">The name in lower case, without the last dot.</param>
    /// <param name="cancellation">Nobody waits any longer.</param>
    ValueTask<NameAnswer> FindAsync(IPAddress asker, string name, CancellationToken cancellation);
}

/// <summary>
/// The name server of a node, for its instances: plain DNS over UDP, so that foreign guests can ask it too. Each question is put to the directory anew; a
/// question that is being looked into already, as when an impatient asker repeats it, is not put again.
/// </summary>
public sealed class NameServer : IAsyncDisposable
{
    /// <summary>Questions looked into at once; more get the answer "server failure".</summary>
    public const int MaxQuestions = 4096;

    /// <summary>Of them, those of one asker: so that who asks without end keeps nobody else from asking.</summary>
    public const int MaxQuestionsOfOne = 256;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly INameDirectory _directory;
    private readonly ConcurrentDictionary<(IPEndPoint Asker, ushort Id), bool> _underWay = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _askers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    private NameServer(Socket socket, INameDirectory directory)
    {
        _socket = socket;
        _directory = directory;
        _loop = ReceiveAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Starts a server in the network namespace that the calling thread lives in.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="directory">Who knows the names.</param>
    /// <exception cref="SocketException">The address is taken, or not here.</exception>
    public static NameServer Start(IPEndPoint address, INameDirectory directory)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(address);
            return new NameServer(socket, directory);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[NameQuery.MaxSize + 1];
        var anyone = new IPEndPoint(IPAddress.Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult received = await _socket.ReceiveFromAsync(buffer, anyone, _stop.Token).ConfigureAwait(false);
                Take(buffer.AsSpan(0, received.ReceivedBytes), (IPEndPoint)received.RemoteEndPoint);
            }
            catch (SocketException) when (!_stop.IsCancellationRequested)
            {
                // An asker that has gone (ICMP says so on the next call), or a message longer than any question: on to the next.
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Take(ReadOnlySpan<byte> message, IPEndPoint asker)
    {
        if (!NameQuery.TryParse(message, out NameQuery? query, out byte[]? refusal))
        {
            if (refusal is not null)
                Send(refusal, asker);
            return;
        }
        if (_underWay.ContainsKey((asker, query.Id)))
            return;
        if (_underWay.Count >= MaxQuestions || !TryBegin(asker.Address))
        {
            Send(query.Answer(NameCode.ServerFailure, null), asker);
            return;
        }
        _underWay[(asker, query.Id)] = true;
        _ = AnswerAsync(query, asker);
    }

    private bool TryBegin(IPAddress asker)
    {
        lock (_lock)
        {
            int count = _askers.GetValueOrDefault(asker);
            if (count >= MaxQuestionsOfOne)
                return false;
            _askers[asker] = count + 1;
            return true;
        }
    }

    private void End(IPAddress asker)
    {
        lock (_lock)
        {
            if (--_askers[asker] == 0)
                _askers.Remove(asker);
        }
    }

    private async Task AnswerAsync(NameQuery query, IPEndPoint asker)
    {
        NameAnswer answer;
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            deadline.CancelAfter(Deadline);
            answer = await _directory.FindAsync(asker.Address, query.Name, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            answer = new NameAnswer(NameCode.ServerFailure);
        }
        finally
        {
            _underWay.TryRemove((asker, query.Id), out _);
            End(asker.Address);
        }
        Send(query.Answer(answer.Code, answer.Address), asker);
    }

    private void Send(byte[] answer, IPEndPoint asker)
    {
        try
        {
            _socket.SendTo(answer, asker);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The asker has gone, or the server is being stopped: it asks again, or not.
        }
    }
}
