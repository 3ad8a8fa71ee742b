// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Uaas.Host.Images.Oci;
using Uaas.Linux;

namespace Uaas.Host.Images.Store;

/// <summary>Opens the bytes of a part from some offset on.</summary>
internal delegate Task<Stream> PartSource(long offset, CancellationToken cancellation);

/// <summary>Adds parts to a store, and images made of them.</summary>
public sealed class StoreWriter : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(200);

    private readonly ImageStore _store;
    private readonly FileLock _lock;

    internal StoreWriter(ImageStore store, FileLock holding)
    {
        _store = store;
        _lock = holding;
    }

    /// <summary>Adds bytes.</summary>
    public Descriptor Add(string mediaType, ReadOnlyMemory<byte> bytes)
    {
        Descriptor part = Descriptor.Of(mediaType, bytes.Span);
        string file = _store.NewPartFile();
        StoreErrors.Explain(_store.Root, () =>
        {
            try
            {
                using (var output = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                {
                    output.Write(bytes.Span);
                    output.Flush(flushToDisk: true);
                }
                Settle(file, part);
            }
            finally
            {
                File.Delete(file);
            }
        });
        return part;
    }

    /// <summary>Adds a copy of a file.</summary>
    public async Task<Descriptor> AddFileAsync(string mediaType, string path, Transfers transfers, CancellationToken cancellation)
    {
        string file = _store.NewPartFile();
        try
        {
            Descriptor part;
            FileStream input = File.OpenRead(path);
            await using (input.ConfigureAwait(false))
            {
                var output = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
                await using (output.ConfigureAwait(false))
                {
                    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                    Transfer transfer = transfers.Begin($"store {Path.GetFileName(path)}", input.Length);
                    await CopyAsync(input, output, hash, long.MaxValue, transfer, cancellation).ConfigureAwait(false);
                    output.Flush(flushToDisk: true);
                    part = new Descriptor(mediaType, Digest.Of(hash), output.Length);
                }
            }
            Settle(file, part);
            return part;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Of(e, e is FileNotFoundException or UnauthorizedAccessException ? path : _store.Root);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Has something made, a block device's bytes or the like, and adds it.</summary>
    /// <param name="mediaType">What it is.</param>
    /// <param name="make">Makes it: a file of the name that it is given, which does not exist yet.</param>
    /// <param name="transfers">What is told of the progress.</param>
    /// <param name="cancellation">Calls it off.</param>
    internal async Task<Descriptor> AddMadeAsync(string mediaType, Func<string, Task> make, Transfers transfers, CancellationToken cancellation)
    {
        string file = _store.NewPartFile();
        try
        {
            await make(file).ConfigureAwait(false);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Descriptor part;
            FileStream made = File.OpenRead(file);
            await using (made.ConfigureAwait(false))
            {
                await CopyAsync(made, Stream.Null, hash, long.MaxValue, transfers.Begin("digest", made.Length), cancellation).ConfigureAwait(false);
                part = new Descriptor(mediaType, Digest.Of(hash), made.Length);
            }
            Settle(file, part);
            return part;
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>
    /// Adds a part that is known by its descriptor, from wherever it comes. What came of it before and was interrupted is not asked for again; what has
    /// another digest in the end is thrown away, and so is what has been altered here.
    /// </summary>
    /// <exception cref="UaasException">It is truncated or altered, or the disk is full.</exception>
    internal async Task AddAsync(Descriptor part, PartSource source, Transfers transfers, CancellationToken cancellation)
    {
        using FileLock only = await TakeAsync(_store.LockFile($"part-{part.Digest.Hex}"), cancellation).ConfigureAwait(false);
        if (await _store.IsWholeAsync(part, transfers, cancellation).ConfigureAwait(false))
            return;
        string file = _store.PartFile(part.Digest);
        try
        {
            Transfer transfer = transfers.Begin($"{part.Title} {part.Digest.Short}", part.Size);
            var output = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            await using (output.ConfigureAwait(false))
                await CompleteAsync(part, output, source, transfer, cancellation).ConfigureAwait(false);
            Settle(file, part);
        }
        catch (IOException e) when (e.HResult == Errno.NoSpace)
        {
            // What came stays, for when there is space.
            throw StoreErrors.Of(e, _store.Root);
        }
    }

    /// <summary>Names an image, all of whose parts have been added.</summary>
    public void Publish(ImageReference reference, Descriptor manifest) => _store.Put(new StoredImage(reference, manifest));

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>Fetches what is lacking. Where something came before and the whole is wrong, that may have been at fault: once more, from the beginning.</summary>
    private static async Task CompleteAsync(Descriptor part, FileStream output, PartSource source, Transfer transfer, CancellationToken cancellation)
    {
        if (output.Length > part.Size)
            output.SetLength(0);
        bool hadSome = output.Length > 0;
        while (!await IsWholeAsync(part, output, source, transfer, cancellation).ConfigureAwait(false))
        {
            output.SetLength(0);
            if (!hadSome)
                throw new UaasException(Failure.Image, $"the image's {part.Title} ({part.Digest}) has been altered: what came has another digest");
            hadSome = false;
        }
    }

    private static async Task<bool> IsWholeAsync(Descriptor part, FileStream output, PartSource source, Transfer transfer, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        transfer.Set(0);
        output.Position = 0;
        await CopyAsync(output, Stream.Null, hash, part.Size, transfer, cancellation).ConfigureAwait(false);
        long from = output.Length;
        if (from < part.Size)
        {
            Stream input = await source(from, cancellation).ConfigureAwait(false);
            await using (input.ConfigureAwait(false))
                await CopyAsync(input, output, hash, part.Size - from, transfer, cancellation).ConfigureAwait(false);
        }
        output.Flush(flushToDisk: true);
        return output.Length == part.Size ? Digest.Of(hash) == part.Digest : throw new UaasException(Failure.Image,
            $"the image's {part.Title} ({part.Digest}) is truncated: {output.Length} of {part.Size} bytes came", "try again: it goes on from there");
    }

    /// <summary>Copies and hashes at most <paramref name="limit"/> bytes; what comes beyond is not read.</summary>
    private static async Task CopyAsync(Stream input, Stream output, IncrementalHash hash, long limit, Transfer transfer, CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferSize];
        while (limit > 0)
        {
            int count = await input.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, limit)), cancellation).ConfigureAwait(false);
            if (count == 0)
                return;
            hash.AppendData(buffer, 0, count);
            await output.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
            transfer.Advance(count);
            limit -= count;
        }
    }

    /// <summary>Waits for another process that fetches the same part; it can take minutes, so that waiting can be called off.</summary>
    private static async Task<FileLock> TakeAsync(string path, CancellationToken cancellation)
    {
        while (true)
        {
            if (FileLock.TryTakeExclusive(path) is { } taken)
                return taken;
            await Task.Delay(AskAgainAfter, cancellation).ConfigureAwait(false);
        }
    }

    private void Settle(string file, Descriptor part) => File.Move(file, _store.PathOf(part), overwrite: true);
}
