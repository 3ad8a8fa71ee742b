// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Host.Images.Site;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>Fetches every file of a directory from a site and compares it, byte for byte, with the one on disk.</summary>
/// <param name="Files">Files compared.</param>
/// <param name="Bytes">Bytes compared.</param>
internal sealed record SiteComparison(int Files, long Bytes)
{
    private const int ChunkSize = 64 * 1024;

    /// <summary>Compares all files but hidden ones and the site's configuration.</summary>
    /// <exception cref="UaasException">A file is missing from the site, or differs.</exception>
    internal static async Task<SiteComparison> RunAsync(Uri site, string directory, CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None, AllowAutoRedirect = false });
        var options = new EnumerationOptions { RecurseSubdirectories = true };
        int files = 0;
        long bytes = 0;
        foreach (string file in Directory.EnumerateFiles(directory, "*", options).Order(StringComparer.Ordinal))
        {
            string path = Path.GetRelativePath(directory, file);
            string[] parts = path.Split('/');
            if (path == SiteConfiguration.FileName || parts.Any(part => part.StartsWith('.')))
                continue;
            var address = new Uri(site, string.Join('/', parts.Select(Uri.EscapeDataString)));
            bytes += await CompareAsync(client, address, file, cancellation).ConfigureAwait(false);
            files++;
        }
        return new SiteComparison(files, bytes);
    }

    private static async Task<long> CompareAsync(HttpClient client, Uri address, string file, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new UaasException(Failure.Different, $"{address} answers {(int)response.StatusCode}, but {file} is there");
        Stream served = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using FileStream onDisk = File.OpenRead(file);
        return await SameBytesAsync(served, onDisk, cancellation).ConfigureAwait(false)
            ?? throw new UaasException(Failure.Different, $"{address} is not what {file} is on disk");
    }

    private static async Task<long?> SameBytesAsync(Stream left, Stream right, CancellationToken cancellation)
    {
        byte[] leftChunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        byte[] rightChunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        long total = 0;
        while (true)
        {
            int leftCount = await left.ReadAtLeastAsync(leftChunk.AsMemory(0, ChunkSize), ChunkSize, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            int rightCount = await right.ReadAtLeastAsync(rightChunk.AsMemory(0, ChunkSize), ChunkSize, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            if (!leftChunk.AsSpan(0, leftCount).SequenceEqual(rightChunk.AsSpan(0, rightCount)))
                return null;
            if (leftCount == 0)
                break;
            total += leftCount;
        }
        ArrayPool<byte>.Shared.Return(leftChunk);
        ArrayPool<byte>.Shared.Return(rightChunk);
        return total;
    }
}
