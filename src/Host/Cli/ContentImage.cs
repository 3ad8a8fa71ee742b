// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Host.Images;
using Uaas.Instances;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>A directory packed for guests, in a file that has no name any more once it is packed: nothing of it outlives its users.</summary>
internal sealed class ContentImage : IDisposable
{
    /// <summary>Name of the block device in the manifest of every service that serves content.</summary>
    internal const string DeviceName = "content";

    /// <summary>Bytes of a block of that device.</summary>
    internal const int SectorSize = 16 * 1024;

    private readonly SafeFileHandle _file;

    private ContentImage(SafeFileHandle file)
    {
        _file = file;
    }

    /// <summary>The device that an instance gets.</summary>
    internal BlockAttachment Attachment => new(DeviceName, $"/proc/self/fd/{_file.DangerousGetHandle()}", SectorSize, _file);

    /// <summary>Packs a directory.</summary>
    /// <param name="directory">The directory; null for content with nothing in it but what the configuration says.</param>
    /// <param name="configuration">The site's configuration; null for what the directory has.</param>
    /// <param name="indexesFilms">Whether FLV files are readied for seeking.</param>
    /// <param name="mayBeEmpty">Whether the service is of use without any file.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="UaasException">It cannot be packed, or the disk is full.</exception>
    internal static async Task<ContentImage> PackAsync(string? directory, string? configuration, bool indexesFilms, bool mayBeEmpty, CancellationToken cancellation)
    {
        DirectoryInfo place = MakePlace();
        try
        {
            string path = Path.Combine(place.FullName, "content");
            var options = new PackOptions
            {
                ContentDirectory = directory ?? place.CreateSubdirectory("empty").FullName,
                ConfigurationPath = configuration,
                ImagePath = path,
                IndexesFilms = indexesFilms,
            };
            PackResult result = await Task.Run(() => ContentPacker.Pack(options, cancellation), cancellation).ConfigureAwait(false);
            Warn(result.Warnings);
            if (directory is not null && result.Files == 0 && !mayBeEmpty)
                Warn([$"there are no files in {directory}: every path will be a 404"]);
            PadToSector(path);
            return new ContentImage(File.OpenHandle(path));
        }
        catch (PackException e)
        {
            throw new UaasException(IsDiskFull(e) ? Failure.Disk : Failure.Content, e.Message, IsDiskFull(e) ? "free some space, or set TMPDIR to a folder with more" : null, e);
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static DirectoryInfo MakePlace()
    {
        try
        {
            return Directory.CreateTempSubdirectory("uaas-");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UaasException(IsDiskFull(e) ? Failure.Disk : Failure.Content, $"the content cannot be packed: no folder can be made in {Path.GetTempPath()}",
                "set TMPDIR to a folder that is there, may be written, and has room", e);
        }
    }

    private static void Warn(IEnumerable<string> warnings)
    {
        foreach (string warning in warnings)
            Console.Error.WriteLine($"uaas: {warning}");
    }

    /// <summary>A block device has whole blocks.</summary>
    private static void PadToSector(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write);
        file.SetLength((file.Length + SectorSize - 1) / SectorSize * SectorSize);
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
