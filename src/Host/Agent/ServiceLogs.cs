// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using Uaas.Instances;

namespace Uaas.Agent;

/// <summary>
/// What instances print, in one file a service: each line with its time and its instance. A file that has grown to its bound becomes the file before,
/// in place of the one that was. A disk that is full loses lines, never an instance.
/// </summary>
/// <param name="folder">Where the files are.</param>
/// <param name="maxBytes">The bound of a file.</param>
public sealed class ServiceLogs(string folder, long maxBytes = ServiceLogs.DefaultMaxBytes)
{
    /// <summary>The bound of a file unless said otherwise, in bytes.</summary>
    public const long DefaultMaxBytes = 4 << 20;

    // Files that are open at a time; the one that was opened first is closed for another.
    private const int MaxOpen = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, FileStream> _files = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    /// <summary>The file of a service.</summary>
    public static string PathOf(string folder, string service) => Path.Combine(folder, $"{service.Replace('/', '.')}.log");

    /// <summary>The file that came before it.</summary>
    public static string FormerPathOf(string folder, string service) => PathOf(folder, service) + ".1";

    /// <summary>Adds a line.</summary>
    public void Write(string service, string instance, ConsoleLine line)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{line.Time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {instance} {line.Text}\n");
        lock (_lock)
        {
            try
            {
                FileStream file = Open(service);
                file.Write(Encoding.UTF8.GetBytes(text));
                if (file.Length >= maxBytes)
                    Rotate(service);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Close(service);
            }
        }
    }

    private FileStream Open(string service)
    {
        if (_files.TryGetValue(service, out FileStream? file))
            return file;
        while (_files.Count >= MaxOpen)
            Close(_order[0]);
        Directory.CreateDirectory(folder);

        // Without a buffer: what a full disk did not take would be tried once more when the file is closed, and fail there.
        file = new FileStream(PathOf(folder, service), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _files[service] = file;
        _order.Add(service);
        return file;
    }

    private void Rotate(string service)
    {
        Close(service);
        File.Move(PathOf(folder, service), FormerPathOf(folder, service), overwrite: true);
    }

    private void Close(string service)
    {
        if (!_files.Remove(service, out FileStream? file))
            return;
        _order.Remove(service);
        file.Dispose();
    }
}
