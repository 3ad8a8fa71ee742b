// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Host.Images;
using Uaas.Linux;

namespace Uaas.Master.Deploying;

/// <summary>Content that was packed, as a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Digest">The SHA-256 of what is served from it, whenever that was modified.</param>
/// <param name="Warnings">What the packer found worth saying.</param>
public sealed record PackedContent(string Path, string Digest, IReadOnlyList<string> Warnings);

/// <summary>
/// Content packed for guests, by digest. A file is there whole or not at all, and never replaced: what was written again as it was is the content that is there already, and was modified when that was.
/// </summary>
/// <param name="folder">Where the files are.</param>
public sealed class ContentStore(string folder)
{
    /// <summary>Bytes of a block of a content device.</summary>
    public const int SectorSize = 16 * 1024;

    private const string Unfinished = ".unfinished-";

    /// <summary>Packs a directory.</summary>
    /// <param name="directory">The directory; null for content with nothing in it but what the configuration says.</param>
    /// <param name="configuration">The site's configuration; null for what the directory has.</param>
    /// <param name="indexesFilms">Whether FLV files are readied for seeking.</param>
    /// <param name="cancellation">Calls it off.</param>
    /// <exception cref="UaasException">It cannot be packed, or the disk is full.</exception>
    public async Task<PackedContent> PackAsync(string? directory, string? configuration, bool indexesFilms, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        string unfinished = Path.Combine(folder, Unfinished + Guid.NewGuid().ToString("N"));
        string empty = unfinished + ".d";
        try
        {
            var options = new PackOptions
            {
                ContentDirectory = directory ?? Directory.CreateDirectory(empty).FullName,
                ConfigurationPath = configuration,
                ImagePath = unfinished,
                IndexesFilms = indexesFilms,
            };
            PackResult result = await Task.Run(() => ContentPacker.Pack(options, cancellation), cancellation).ConfigureAwait(false);
            string path = Path.Combine(folder, result.Digest);
            if (!File.Exists(path))
            {
                Flush(unfinished);
                File.Move(unfinished, path);
            }
            return new PackedContent(path, result.Digest, [.. result.Warnings]);
        }
        catch (Exception e) when (e is PackException or IOException)
        {
            bool isFull = IsDiskFull(e);
            throw new UaasException(isFull ? Failure.Disk : Failure.Content, e.Message, isFull ? "free some space" : null, e);
        }
        finally
        {
            File.Delete(unfinished);
            if (directory is null)
                Directory.Delete(empty);
        }
    }

    /// <summary>Removes all but the files named, and what was left unfinished. Instances that have a file open keep it.</summary>
    public void KeepOnly(IReadOnlySet<string> paths)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (string file in Directory.EnumerateFiles(folder).Where(file => !paths.Contains(file)))
            File.Delete(file);
    }

    /// <summary>A name is given to what is on the disk: after a power cut too there is no file that has its name and not its bytes.</summary>
    private static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.Flush(flushToDisk: true);
    }

    private static bool IsDiskFull(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is IOException { HResult: Errno.NoSpace })
                return true;
        }
        return false;
    }
}
