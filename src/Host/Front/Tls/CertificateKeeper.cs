// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Linux;
using Uaas.Protocol.Front;

namespace Uaas.Front.Tls;

/// <summary>
/// Keeps the certificates that the master names at hand, and reads their files again when they change. A certificate that cannot be read leaves the one before it in its place,
/// and is told of. Connections that there are go on with what they began with.
/// </summary>
internal sealed class CertificateKeeper : IDisposable
{
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);

    // A file may come to be another by a link far from it, which no watch sees.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _shown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<string> _tell;
    private readonly Timer _timer;
    private readonly Dictionary<string, FileSystemWatcher> _watchers = new(StringComparer.Ordinal);
    private readonly Dictionary<CertificateSource, string> _stamps = [];
    private IReadOnlyList<CertificateSource> _sources = [];
    private volatile CertificateTable _table = CertificateTable.Empty;
    private bool _isSettling;
    private bool _isDisposed;

    /// <param name="tell">Told of what was taken and what cannot be.</param>
    internal CertificateKeeper(Action<string> tell)
    {
        _tell = tell;
        _timer = new Timer(_ => Reload());
    }

    /// <summary>The certificates that are shown now.</summary>
    internal CertificateTable Table => _table;

    /// <summary>Completes when there is a certificate to show for the first time.</summary>
    internal Task Shown => _shown.Task;

    /// <summary>These are wanted from now on.</summary>
    internal void Set(IReadOnlyList<CertificateSource> sources)
    {
        lock (_lock)
        {
            if (_isDisposed || _sources.SequenceEqual(sources))
                return;
            _sources = sources;
            Watch();
            Reload();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (FileSystemWatcher watcher in _watchers.Values)
                watcher.Dispose();
            _watchers.Clear();
            _timer.Dispose();
        }
    }

    /// <summary>Directories are watched, not files: most tools put a new file in the old one's place.</summary>
    private void Watch()
    {
        HashSet<string> wanted = [.. _sources.SelectMany(source => new[] { source.Certificate, source.Key }).Select(path => Path.GetDirectoryName(path)!)];
        foreach (string gone in _watchers.Keys.Except(wanted).ToList())
        {
            _watchers.Remove(gone, out FileSystemWatcher? watcher);
            watcher!.Dispose();
        }
        foreach (string folder in wanted.Where(folder => !_watchers.ContainsKey(folder)))
        {
            try
            {
                var watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite };
                watcher.Changed += OnChange;
                watcher.Created += OnChange;
                watcher.Renamed += OnChange;
                watcher.EnableRaisingEvents = true;
                _watchers[folder] = watcher;
            }
            catch (Exception e) when (e is IOException or ArgumentException)
            {
                _tell($"{folder} cannot be watched ({e.Message}): its certificates are looked at every ten seconds");
            }
        }
    }

    /// <summary>Looks soon. Further changes do not put it off: a log in the same directory, written to all the time, would for ever.</summary>
    private void OnChange(object sender, FileSystemEventArgs change)
    {
        lock (_lock)
        {
            if (_isDisposed || _isSettling)
                return;
            _isSettling = true;
            _timer.Change(Settle, LookEvery);
        }
    }

    private void Reload()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isSettling = false;
            Dictionary<CertificateSource, ShownCertificate> before = _table.All.ToDictionary(shown => shown.Source);
            List<ShownCertificate> now = [.. _sources.Select(source => Take(source, before.GetValueOrDefault(source))).OfType<ShownCertificate>()];

            // What is not shown any more is not disposed: a handshake may have it in its hands.
            _table = new CertificateTable(now);
            if (now.Count > 0)
                _shown.TrySetResult();
            _timer.Change(_sources.Count > 0 ? LookEvery : Timeout.InfiniteTimeSpan, LookEvery);
        }
    }

    /// <summary>The certificate as it is in its files now; the one before where those are as they were, or of no use.</summary>
    private ShownCertificate? Take(CertificateSource source, ShownCertificate? before)
    {
        string stamp = StampOf(source.Certificate) + StampOf(source.Key);
        if (_stamps.TryGetValue(source, out string? former) && former == stamp)
            return before;
        _stamps[source] = stamp;
        try
        {
            var certificate = ServerCertificate.Load(source.Certificate, source.Key);
            string ends = certificate.NotAfter < DateTimeOffset.UtcNow ? "which has ended" : "which ends";
            _tell(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{source.Certificate} is shown for {string.Join(", ", certificate.Names)}, {ends} {certificate.NotAfter.UtcDateTime:yyyy-MM-dd}"));
            return new ShownCertificate(source, certificate);
        }
        catch (UaasException e)
        {
            _tell($"{e.Message}; {(before is null ? "nothing is shown in its place" : "the one before is shown still")}");
            return before;
        }
    }

    private static string StampOf(string path)
    {
        var file = new FileInfo(path);
        if (file.ResolveLinkTargetSafely() is { } target)
            file = target;
        return file.Exists ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{file.FullName}:{file.LastWriteTimeUtc.Ticks}:{file.Length};") : "none;";
    }
}

/// <summary>What .NET's own does, for links that lead nowhere too.</summary>
internal static class Links
{
    internal static FileInfo? ResolveLinkTargetSafely(this FileInfo file)
    {
        try
        {
            return file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
