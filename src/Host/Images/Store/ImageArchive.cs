// SPDX-License-Identifier: Apache-2.0

using System.Formats.Tar;
using Uaas.Host.Images.Oci;
using Uaas.Linux;

namespace Uaas.Host.Images.Store;

/// <summary>An image in one file: a tar archive of an OCI image layout. The same image, saved by the same user, gives the same file, byte for byte.</summary>
public static class ImageArchive
{
    private const string BlobFolder = "blobs/sha256/";
    private const uint GreatestUser = 0x1FFFFF; // seven octal digits
    private const int MaxEntries = 4096;
    private const int BufferSize = 1 << 20;

    private const string SaveAnew = "save or copy it anew: uaas save IMAGE -o FILE";

    private static readonly string[] Folders = ["blobs/", BlobFolder];

    /// <summary>Writes an image, whose parts are verified on the way.</summary>
    /// <exception cref="UaasException">A part is missing or damaged, or it cannot be written.</exception>
    public static async Task SaveAsync(ImageStore store, StoredImage image, Stream output, Transfers transfers, CancellationToken cancellation)
    {
        ServiceImage content = store.Open(image.Manifest);
        Descriptor[] parts = [.. new[] { image.Manifest, content.ConfigurationBlob }.Concat(content.Layers).DistinctBy(part => part.Digest)];
        foreach (Descriptor part in parts)
            await store.VerifyAsync(part, transfers, cancellation).ConfigureAwait(false);
        var writer = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            await WriteAsync(writer, StoreIndex.LayoutFile, new MemoryStream(StoreIndex.Layout()), cancellation).ConfigureAwait(false);
            await WriteAsync(writer, StoreIndex.IndexFile, new MemoryStream(StoreIndex.Serialize([image])), cancellation).ConfigureAwait(false);
            foreach (string folder in Folders)
                await writer.WriteEntryAsync(Described(new UstarTarEntry(TarEntryType.Directory, folder), UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute), cancellation).ConfigureAwait(false);
            foreach (Descriptor part in parts.OrderBy(part => part.Digest.Hex, StringComparer.Ordinal))
                await WriteAsync(writer, BlobFolder + part.Digest.Hex, File.OpenRead(store.PathOf(part)), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Adds the images of an archive to the store, under the names that they have in it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="input">The archive. One that cannot be gone back in, as of a pipe, is written down beside the store's parts first.</param>
    /// <param name="transfers">What is told of the progress.</param>
    /// <param name="cancellation">Calls it off.</param>
    /// <returns>The images.</returns>
    /// <exception cref="UaasException">It is no archive of images, or one of their parts is missing, truncated or altered.</exception>
    public static async Task<IReadOnlyList<StoredImage>> LoadAsync(ImageStore store, Stream input, Transfers transfers, CancellationToken cancellation)
    {
        try
        {
            if (input.CanSeek)
                return await LoadEntriesAsync(store, input, NameOf(input), transfers, cancellation).ConfigureAwait(false);
            FileStream whole = await WriteDownAsync(store, input, cancellation).ConfigureAwait(false);
            await using (whole.ConfigureAwait(false))
                return await LoadEntriesAsync(store, whole, NameOf(input), transfers, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new UaasException(Failure.Image, $"{NameOf(input)} is no tar archive, or a truncated one: {e.Message}", SaveAnew, e);
        }
    }

    private static string NameOf(Stream input) => input is FileStream file ? file.Name : "what came";

    /// <summary>The index may come behind the parts that it is about. The file goes when it is closed.</summary>
    private static async Task<FileStream> WriteDownAsync(ImageStore store, Stream input, CancellationToken cancellation)
    {
        var file = new FileStream(store.NewPartFile(), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferSize, FileOptions.DeleteOnClose);
        try
        {
            await input.CopyToAsync(file, cancellation).ConfigureAwait(false);
            file.Position = 0;
            return file;
        }
        catch (Exception e)
        {
            await file.DisposeAsync().ConfigureAwait(false);
            if (e is IOException)
                throw StoreErrors.Of(e, store.Root);
            throw;
        }
    }

    private static async Task<IReadOnlyList<StoredImage>> LoadEntriesAsync(ImageStore store, Stream input, string name, Transfers transfers, CancellationToken cancellation)
    {
        Dictionary<string, (long Offset, long Length)> entries = await ListAsync(input, name, cancellation).ConfigureAwait(false);
        if (!entries.ContainsKey(StoreIndex.IndexFile))
            throw new UaasException(Failure.Image, $"there is no {StoreIndex.IndexFile} in the archive: it is not one that uaas save, or another tool for OCI images, made");
        IReadOnlyList<StoredImage> images = StoreIndex.Parse(ReadWhole(input, entries[StoreIndex.IndexFile]), $"{StoreIndex.IndexFile} in the archive");
        if (images.Count == 0)
            throw new UaasException(Failure.Image, "there is no image with a name in the archive");
        using StoreWriter writer = store.BeginWriting();
        foreach (StoredImage image in images)
        {
            await AddAsync(image.Manifest).ConfigureAwait(false);
            IReadOnlyList<Descriptor> parts = ServiceImage.ReadManifest(store.ReadDocument(image.Manifest));
            await AddAsync(parts[0]).ConfigureAwait(false);
            foreach (Descriptor layer in store.Open(image.Manifest).Layers)
                await AddAsync(layer).ConfigureAwait(false);
        }
        foreach (StoredImage image in images)
            writer.Publish(image.Reference, image.Manifest);
        return images;

        Task AddAsync(Descriptor part)
        {
            if (!entries.TryGetValue(BlobFolder + part.Digest.Hex, out (long Offset, long Length) entry) && !store.Has(part))
                throw new UaasException(Failure.Image, $"the image's {part.Title} ({part.Digest}) is missing from the archive");
            return writer.AddAsync(part, (from, _) => Task.FromResult<Stream>(new FilePart(input, entry.Offset + from, Math.Max(entry.Length - from, 0))), transfers, cancellation);
        }
    }

    private static byte[] ReadWhole(Stream input, (long Offset, long Length) entry)
    {
        if (entry.Length > Descriptor.MaxDocumentSize)
            throw new UaasException(Failure.Image, $"{StoreIndex.IndexFile} in the archive has {entry.Length} bytes: too many");
        byte[] bytes = new byte[entry.Length];
        input.Position = entry.Offset;
        input.ReadExactly(bytes);
        return bytes;
    }

    private static async Task<Dictionary<string, (long Offset, long Length)>> ListAsync(Stream input, string name, CancellationToken cancellation)
    {
        var entries = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        var reader = new TarReader(input, leaveOpen: true);
        await using (reader.ConfigureAwait(false))
        {
            for (int i = 0; await reader.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false) is { } entry; i++)
            {
                if (i == MaxEntries)
                    throw new UaasException(Failure.Image, $"there are more than {MaxEntries} files in the archive");
                if (entry.DataOffset + entry.Length > input.Length)
                    throw new UaasException(Failure.Image, $"{name} is truncated: it ends within {entry.Name}", SaveAnew);
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                    entries[entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name] = (entry.DataOffset, entry.Length);
            }
        }
        return entries;
    }

    private static async Task WriteAsync(TarWriter writer, string name, Stream content, CancellationToken cancellation)
    {
        await using (content.ConfigureAwait(false))
        {
            var entry = new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = content };
            await writer.WriteEntryAsync(Described(entry, UnixFileMode.None), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Whose and when: whoever saves it, as tar(1) does, since skopeo gives files to whom they are said to be, which others may not; and at no time, so that equal images give equal files.</summary>
    private static UstarTarEntry Described(UstarTarEntry entry, UnixFileMode further)
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        entry.Mode = mode | further;
        entry.Uid = CurrentUser.Id <= GreatestUser ? (int)CurrentUser.Id : 0;
        entry.Gid = CurrentUser.Group <= GreatestUser ? (int)CurrentUser.Group : 0;
        return entry;
    }
}
