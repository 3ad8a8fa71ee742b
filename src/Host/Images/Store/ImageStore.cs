// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;
using Uaas.Host.Images.Oci;
using Uaas.Linux;

namespace Uaas.Host.Images.Store;

/// <summary>An image of the store under one of its names.</summary>
/// <param name="Reference">The name.</param>
/// <param name="Manifest">Its manifest.</param>
public sealed record StoredImage(ImageReference Reference, Descriptor Manifest);

/// <summary>
/// The images of this machine: an OCI image layout, so that other tools read it too. Parts lie by digest in <c>blobs/sha256</c>, each there wholly
/// or not at all; <c>index.json</c> lists the names. Any number of processes may use it at the same time.
/// </summary>
/// <remarks>
/// Locks. <c>locks/index</c> is held while the index changes. <c>locks/blobs</c> is held shared by whoever adds parts until an index
/// names them, and exclusively by who removes those that no image has. <c>locks/DIGEST</c> is held shared by who runs the image, and
/// <c>locks/DIGEST.kept</c> by who may go back to it: the first keeps its last name, both keep its parts.
/// </remarks>
public sealed class ImageStore
{
    private const string Variable = "UAAS_STORE";
    private const string KeptSuffix = ".kept";
    private const int BufferSize = 1 << 20;

    private static readonly TimeSpan KeepPartsFor = TimeSpan.FromDays(7);

    private readonly string _root;
    private readonly StoreIndex _index;

    /// <summary>Opens a store, which is made where it is not there.</summary>
    /// <exception cref="UaasException">It cannot be made.</exception>
    public ImageStore(string root)
    {
        _root = Path.GetFullPath(root);
        StoreErrors.Explain(_root, () =>
        {
            foreach (string folder in new[] { Blobs, Parts, Locks })
                Directory.CreateDirectory(folder);
        });
        _index = new StoreIndex(_root, LockFile("index"));
    }

    /// <summary>Where it is.</summary>
    public string Root => _root;

    private string Blobs => Path.Combine(_root, "blobs", "sha256");

    private string Parts => Path.Combine(_root, "parts");

    private string Locks => Path.Combine(_root, "locks");

    /// <summary>This user's store: the folder that UAAS_STORE names, else /var/lib/uaas for root, else uaas in the user's data folder.</summary>
    public static ImageStore ForThisUser()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return new ImageStore(given);
        if (Environment.IsPrivilegedProcess)
            return new ImageStore("/var/lib/uaas");
        string data = Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } folder ? folder
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
        return new ImageStore(Path.Combine(data, "uaas"));
    }

    /// <summary>All images, by name.</summary>
    public IReadOnlyList<StoredImage> List() => _index.Read();

    /// <summary>The image of that name, or of that digest where the name has one; null where there is none.</summary>
    public StoredImage? Find(ImageReference reference) => _index.Read().FirstOrDefault(image => Names(reference, image));

    /// <summary>The image that a person means: by its name, or by the beginning of its digest.</summary>
    /// <exception cref="UaasException">There is none, or the digest's beginning is that of several.</exception>
    public StoredImage Require(string text) => TryRequire(text) ?? throw new UaasException(Failure.Image, $"there is no image {text} on this machine",
        "uaas images lists those that are; uaas pull fetches one, uaas build makes one");

    /// <summary>The image that a person means; null where there is none.</summary>
    /// <exception cref="UaasException">It is the beginning of several images' digests.</exception>
    public StoredImage? TryRequire(string text)
    {
        const int shortest = 6;
        if (ImageReference.TryParse(text) is { } reference && Find(reference) is { } named)
            return named;
        string hex = text.StartsWith("sha256:", StringComparison.Ordinal) ? text["sha256:".Length..] : text;
        if (hex.Length < shortest || !hex.All(char.IsAsciiHexDigitLower))
            return null;
        StoredImage[] found = [.. List().Where(image => image.Manifest.Digest.Hex.StartsWith(hex, StringComparison.Ordinal)).DistinctBy(image => image.Manifest.Digest)];
        return found.Length <= 1 ? found.FirstOrDefault()
            : throw new UaasException(Failure.Image, $"{text} is the beginning of {found.Length} images' digests", "write more of it: uaas images --json shows all of it");
    }

    /// <summary>Reads an image's manifest and configuration, and verifies both.</summary>
    /// <exception cref="UaasException">One is missing or altered, or it is no image of ours.</exception>
    public ServiceImage Open(Descriptor manifest)
    {
        byte[] manifestBytes = ReadDocument(manifest);
        byte[] configuration = ReadDocument(ServiceImage.ReadManifest(manifestBytes)[0]);
        return ServiceImage.Read(manifest, manifestBytes, configuration);
    }

    /// <summary>Path of a part, whether or not it is there.</summary>
    public string PathOf(Descriptor part) => Path.Combine(Blobs, part.Digest.Hex);

    /// <summary>Whether a part is there, in its whole length.</summary>
    public bool Has(Descriptor part) => new FileInfo(PathOf(part)) is { Exists: true } file && file.Length == part.Size;

    /// <summary>Reads a part from beginning to end, and compares it with its digest.</summary>
    /// <exception cref="UaasException">It is missing, truncated or altered; the message names it.</exception>
    public async Task VerifyAsync(Descriptor part, Transfers transfers, CancellationToken cancellation)
    {
        RequireLength(part);
        if (!await IsWholeAsync(part, transfers, cancellation).ConfigureAwait(false))
            throw Altered(part);
    }

    /// <summary>Keeps an image, its last name included, from being removed until the result is disposed of, or this process ends.</summary>
    public IDisposable Use(Digest manifest) => FileLock.TakeShared(LockFile(manifest.Hex));

    /// <summary>Keeps the parts of an image, with a name or without, until the result is disposed of, or this process ends.</summary>
    public IDisposable Keep(Digest manifest) => FileLock.TakeShared(LockFile(manifest.Hex + KeptSuffix));

    /// <summary>Begins to add parts. Until the result is disposed of, nothing is removed that no image has: what was added may not be named yet.</summary>
    public StoreWriter BeginWriting() => new(this, FileLock.TakeShared(LockFile("blobs")));

    /// <summary>Gives an image one more name; an image that had it loses it.</summary>
    public void Tag(ImageReference reference, Descriptor manifest)
    {
        using var writing = BeginWriting();
        if (!Has(manifest))
            throw new UaasException(Failure.Image, $"the image {manifest.Digest.Short} has just been removed");
        _index.Put(new StoredImage(reference, manifest));
    }

    /// <summary>Takes a name away, and removes what no other image needs.</summary>
    /// <returns>Bytes that were freed.</returns>
    /// <exception cref="UaasException">It is the last name of an image that runs.</exception>
    public long Remove(StoredImage image)
    {
        using (FileLock? unused = FileLock.TryTakeExclusive(LockFile(image.Manifest.Digest.Hex)))
            _index.Remove(image, isLastAllowed: unused is not null);
        return RemoveUnreferenced();
    }

    internal void Put(StoredImage image) => _index.Put(image);

    internal string PartFile(Digest digest) => Path.Combine(Parts, digest.Hex);

    internal string NewPartFile() => Path.Combine(Parts, $"new-{Guid.NewGuid():N}");

    internal string LockFile(string name) => Path.Combine(Locks, name);

    /// <summary>Whether a part is there and has its digest.</summary>
    internal async Task<bool> IsWholeAsync(Descriptor part, Transfers transfers, CancellationToken cancellation)
    {
        if (!Has(part))
            return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        FileStream file = File.OpenRead(PathOf(part));
        await using (file.ConfigureAwait(false))
        {
            Transfer transfer = transfers.Begin($"verify {part.Title}", part.Size);
            byte[] buffer = new byte[Math.Min(BufferSize, Math.Max(part.Size, 1))];
            int count;
            while ((count = await file.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(buffer, 0, count);
                transfer.Advance(count);
            }
        }
        return Digest.Of(hash) == part.Digest;
    }

    /// <summary>Reads a small part whole, and verifies it.</summary>
    internal byte[] ReadDocument(Descriptor document)
    {
        RequireLength(document);
        byte[] bytes = File.ReadAllBytes(PathOf(document));
        return Digest.Of(bytes) == document.Digest ? bytes : throw Altered(document);
    }

    private static bool Names(ImageReference reference, StoredImage image)
    {
        bool digestFits = reference.Digest is null || reference.Digest == image.Manifest.Digest;
        bool nameFits = reference.Registry == image.Reference.Registry && reference.Repository == image.Reference.Repository;
        return digestFits && nameFits && (reference.Tag is null || reference.Tag == image.Reference.Tag);
    }

    private void RequireLength(Descriptor part)
    {
        var file = new FileInfo(PathOf(part));
        if (!file.Exists)
            throw new UaasException(Failure.Image, $"the image's {part.Title} ({part.Digest}) is missing from {_root}", "pull or build the image again");
        if (file.Length != part.Size)
        {
            throw new UaasException(Failure.Image, $"the image's {part.Title} ({part.Digest}) has {file.Length} bytes and not {part.Size}: it is truncated or altered",
                "pull or build the image again");
        }
    }

    private UaasException Altered(Descriptor part) => new(Failure.Image, $"the image's {part.Title} ({part.Digest}) has been altered: its bytes have another digest",
        "pull or build the image again");

    /// <summary>Removes parts that no image has, unless somebody is adding some: then whoever removes next does it.</summary>
    private long RemoveUnreferenced()
    {
        using FileLock? alone = FileLock.TryTakeExclusive(LockFile("blobs"));
        if (alone is null)
            return 0;
        var needed = new HashSet<string>(StringComparer.Ordinal);
        foreach (Descriptor manifest in _index.Read().Select(image => image.Manifest).Concat(HeldWithoutName()))
        {
            needed.Add(manifest.Digest.Hex);
            needed.UnionWith(PartsOf(manifest));
        }
        long freed = 0;
        foreach (FileInfo blob in new DirectoryInfo(Blobs).EnumerateFiles().Where(blob => !needed.Contains(blob.Name)))
        {
            freed += blob.Length;
            blob.Delete();
        }
        foreach (FileInfo part in new DirectoryInfo(Parts).EnumerateFiles().Where(part => DateTime.UtcNow - part.LastWriteTimeUtc > KeepPartsFor))
            part.Delete();
        return freed;
    }

    /// <summary>Manifests that somebody runs or may go back to: a name may have become another image's meanwhile.</summary>
    private IEnumerable<Descriptor> HeldWithoutName()
    {
        foreach (string path in Directory.EnumerateFiles(Locks))
        {
            string name = Path.GetFileName(path);
            string hex = name.EndsWith(KeptSuffix, StringComparison.Ordinal) ? name[..^KeptSuffix.Length] : name;
            if (Digest.Parse($"sha256:{hex}") is not { } digest || new FileInfo(Path.Combine(Blobs, hex)) is not { Exists: true } manifest)
                continue;
            using FileLock? free = FileLock.TryTakeExclusive(path);
            if (free is null)
                yield return new Descriptor(OciMediaTypes.Manifest, digest, manifest.Length);
        }
    }

    /// <summary>Digests of a manifest's parts; a manifest that cannot be read has none that could be used.</summary>
    private IEnumerable<string> PartsOf(Descriptor manifest)
    {
        try
        {
            return ServiceImage.ReadManifest(ReadDocument(manifest)).Select(part => part.Digest.Hex);
        }
        catch (UaasException)
        {
            return [];
        }
    }
}
