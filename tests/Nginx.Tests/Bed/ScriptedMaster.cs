// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Nginx.Tests;

/// <summary>A master whose every word is the test's: docs/front-protocol.md from the other side.</summary>
internal sealed class ScriptedMaster : IDisposable
{
    internal const string Hello = "HELLO version=1 node=test\n";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly List<Socket> _fronts = [];
    private readonly List<string> _lines = [];
    private Socket? _listener;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource? _deafness;

    /// <param name="folder">The folder of its socket.</param>
    /// <param name="knows">What it tells every front, beside HELLO and SYNCED.</param>
    internal ScriptedMaster(string folder, params string[] knows)
    {
        _path = Path.Combine(folder, "front.sock");
        Knows = [.. knows];
        Listen();
    }

    /// <summary>What every front is told when it connects. Changes hold for later connections; <see cref="Tell"/> is for those that there are.</summary>
    internal List<string> Knows { get; }

    /// <summary>What a HELLO is answered with, as it is; null: with HELLO, <see cref="Knows"/> and SYNCED.</summary>
    internal byte[]? Greeting { get; set; }

    /// <summary>Answers a WANT, by its number and service; null: no answer.</summary>
    internal Func<string, string, string?> OnWant { get; set; } = static (_, _) => null;

    /// <summary>Whether it reads nothing more, of any front. It accepts connections all the same.</summary>
    internal bool IsDeaf
    {
        get => _deafness is not null;
        set
        {
            _deafness?.TrySetResult();
            _deafness = value ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        }
    }

    /// <summary>Connections so far.</summary>
    internal int Connections { get; private set; }

    /// <summary>The lines that came, from all fronts, in order.</summary>
    internal IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    internal static string Service(string name = "web", int concurrency = 100, int queue = 100, int deadline = 5000) =>
        $"SERVICE name={name} port=80 concurrency={concurrency} queue={queue} deadline_ms={deadline}";

    internal static string Instance(string id, int port, string service = "web", string state = "ready") =>
        $"INSTANCE id={id} service={service} address=127.0.0.1:{port} state={state}";

    internal static string Give(string seq, string id, int port, string service = "web", bool cold = false) =>
        $"GIVE seq={seq} instance={id} service={service} address=127.0.0.1:{port} cold={(cold ? 1 : 0)}";

    /// <summary>Tells all fronts that there are.</summary>
    internal void Tell(params string[] lines) => TellBytes(Encoding.UTF8.GetBytes(string.Concat(lines.Select(static line => line + "\n"))));

    /// <summary>Tells all fronts that there are, as it is.</summary>
    internal void TellBytes(byte[] bytes)
    {
        lock (_lock)
        {
            foreach (Socket front in _fronts)
                front.Send(bytes);
        }
    }

    /// <summary>The first line, from the one numbered <paramref name="from"/> on, that holds all of <paramref name="parts"/>; waited for.</summary>
    internal async Task<string> ExpectAsync(int from, params string[] parts)
    {
        using var late = new CancellationTokenSource(s_patience);
        while (true)
        {
            Task news;
            lock (_lock)
            {
                if (_lines.Skip(from).FirstOrDefault(line => parts.All(part => line.Contains(part, StringComparison.Ordinal))) is { } found)
                    return found;
                news = _news.Task;
            }
            try
            {
                await news.WaitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"no line with {string.Join(" and ", parts)} after:\n{string.Join('\n', Lines)}");
            }
        }
    }

    internal Task<string> ExpectAsync(params string[] parts) => ExpectAsync(0, parts);

    internal static string ValueOf(string line, string key) =>
        line.Split(' ').Single(word => word.StartsWith(key + "=", StringComparison.Ordinal))[(key.Length + 1)..];

    /// <summary>Goes away: its connections end, and its socket is no more.</summary>
    internal void Vanish()
    {
        _listener?.Dispose();
        File.Delete(_path);
        lock (_lock)
        {
            _fronts.ForEach(static front => front.Dispose());
            _fronts.Clear();
        }
    }

    /// <summary>Is there again.</summary>
    internal void Listen()
    {
        File.Delete(_path);
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(_path));
        File.SetUnixFileMode(_path, (UnixFileMode)0x1B6);
        _listener.Listen();
        _ = AcceptAsync(_listener);
    }

    public void Dispose() => Vanish();

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has vanished.
        }
    }

    private async Task ServeAsync(Socket front)
    {
        try
        {
            using var reader = new StreamReader(new NetworkStream(front), Encoding.UTF8);
            while (await ReadLineAsync(reader) is { } line)
            {
                lock (_lock)
                {
                    Answer(front, line);
                    _lines.Add(line);
                    _news.SetResult();
                    _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The front has closed, or this master has vanished.
        }
        lock (_lock)
            _fronts.Remove(front);
        front.Dispose();
    }

    private async Task<string?> ReadLineAsync(StreamReader reader)
    {
        if (_deafness is { } deafness)
            await deafness.Task;
        return await reader.ReadLineAsync();
    }

    private void Answer(Socket front, string line)
    {
        if (line.StartsWith("HELLO ", StringComparison.Ordinal))
        {
            Connections++;
            front.Send(Greeting ?? Encoding.UTF8.GetBytes(Hello + string.Concat(Knows.Select(static known => known + "\n")) + "SYNCED\n"));
            _fronts.Add(front);
        }
        else if (line.StartsWith("WANT ", StringComparison.Ordinal) && OnWant(ValueOf(line, "seq"), ValueOf(line, "service")) is { } answer)
        {
            front.Send(Encoding.UTF8.GetBytes(answer + "\n"));
        }
    }
}
