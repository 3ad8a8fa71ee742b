// SPDX-License-Identifier: Apache-2.0

using Uaas.Host.Images.Films;
using Uaas.Host.Images.Representations;
using Uaas.Host.Images.Site;
using Uaas.Host.Images.Sources;
using Uaas.Host.Images.Writing;

namespace Uaas.Host.Images;

/// <summary>What to pack, and how.</summary>
public sealed class PackOptions
{
    /// <summary>The directory to pack.</summary>
    public required string ContentDirectory { get; init; }

    /// <summary>The image file to write. It appears, or is replaced, when all went well, and not before.</summary>
    public required string ImagePath { get; init; }

    /// <summary>The site's configuration; null: <see cref="SiteConfiguration.FileName"/> in the content's root, if it is there.</summary>
    public string? ConfigurationPath { get; init; }

    /// <summary>Whether FLV files are readied for seeking: the index of their key frames goes into their metadata, and beside them.</summary>
    public bool IndexesFilms { get; init; }

    /// <summary>Files that are compressed at the same time.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;

    /// <summary>When all content counts as modified, in place of the files' own times: for images that are the same wherever they are built.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Told after each file, and every few MB within large ones.</summary>
    public Action<PackProgress>? Progress { get; init; }

    /// <summary>Opens, to read and write, the new file that becomes the image.</summary>
    public Func<string, Stream> OpenOutput { get; init; } =
        static path => new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
}

/// <summary>How far packing has come.</summary>
/// <param name="Files">Files packed.</param>
/// <param name="TotalFiles">Files there are.</param>
/// <param name="Bytes">Bytes of them packed.</param>
/// <param name="TotalBytes">Bytes there are.</param>
/// <param name="Path">The file at hand.</param>
public readonly record struct PackProgress(int Files, int TotalFiles, long Bytes, long TotalBytes, string Path);

/// <summary>What was packed.</summary>
/// <param name="Files">Files, without the listings made for directories.</param>
/// <param name="Directories">Directories.</param>
/// <param name="ContentBytes">Bytes of the files.</param>
/// <param name="Variants">Compressed variants.</param>
/// <param name="ImageBytes">Bytes of the image.</param>
/// <param name="HiddenFiles">Files and directories left out because their names start with a dot.</param>
/// <param name="Warnings">What a person should know.</param>
/// <param name="Digest">The SHA-256, in hexadecimal digits, of all that is served but for when files were modified: files that were written again as they were leave it the same.</param>
public sealed record PackResult(
    int Files, int Directories, long ContentBytes, int Variants, long ImageBytes, int HiddenFiles, IReadOnlyList<string> Warnings, string Digest);

/// <summary>
/// Turns a directory into a read-only content image (<c>docs/content-format.md</c>). The same files with the same times give the same image, byte for byte.
/// Memory is bounded however large the files are.
/// </summary>
public sealed class ContentPacker
{
    private const long ProgressStep = 8 << 20;

    private readonly PackOptions _options;
    private readonly SiteConfiguration _site;
    private readonly PolicyTable _policies;
    private readonly Compressor _compressor;
    private readonly List<SourceFile> _files = [];
    private readonly List<ImageEntry> _entries = [];
    private readonly Dictionary<string, FileEntry> _fileEntries = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];
    private int _filesDone;
    private long _bytesDone;
    private long _bytesTold;
    private long _bytesTotal;
    private int _variants;

    private ContentPacker(PackOptions options, SiteConfiguration site)
    {
        _options = options;
        _site = site;
        _policies = new PolicyTable(site);
        _compressor = new Compressor(DirectoryOf(options.ImagePath));
    }

    /// <summary>Packs a directory.</summary>
    /// <exception cref="PackException">It cannot be done; the message says why, and nothing is left behind.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is left behind.</exception>
    public static PackResult Pack(PackOptions options, CancellationToken cancellation = default)
    {
        SiteConfiguration site = ReadSite(options);
        string? configuration = options.ConfigurationPath is { } path && File.Exists(path) ? FileStatus.RealPath(path) : null;
        string root = Directory.Exists(options.ContentDirectory) ? FileStatus.RealPath(options.ContentDirectory) : options.ContentDirectory;
        string image = Path.GetFullPath(options.ImagePath);
        bool IsExcluded(string file) => file == SiteConfiguration.FileName || IsAt(file, configuration) || IsAt(file, image);
        bool IsAt(string file, string? other) => other is not null && Path.Combine(root, file) == other;
        SourceDirectory tree = SourceTree.Read(options.ContentDirectory, site.Hidden, IsExcluded, options.Modified, out int hidden);
        ContentPacker packer = new(options, site);
        if (options.IndexesFilms)
        {
            FilmIndexer.Apply(tree, packer._warnings);
        }

        return packer.Pack(tree, hidden, cancellation);
    }

    private static SiteConfiguration ReadSite(PackOptions options)
    {
        string inContent = Path.Combine(options.ContentDirectory, SiteConfiguration.FileName);
        return options.ConfigurationPath is { } path ? SiteConfigurationReader.Read(path)
            : File.Exists(inContent) ? SiteConfigurationReader.Read(inContent)
            : new SiteConfiguration();
    }

    private PackResult Pack(SourceDirectory tree, int hidden, CancellationToken cancellation)
    {
        string temporary = Path.Combine(DirectoryOf(_options.ImagePath), $".{Path.GetFileName(_options.ImagePath)}-{Path.GetRandomFileName()}.tmp");
        bool created = false;
        try
        {
            byte[] digest;
            using (Stream output = Open(temporary))
            {
                created = true;
                digest = Write(tree, output, cancellation);
                output.Flush();
            }

            long imageBytes = new FileInfo(temporary).Length;
            File.Move(temporary, _options.ImagePath, overwrite: true);
            created = false;
            return new PackResult(_files.Count, CountDirectories(tree), _bytesTotal, _variants, imageBytes, hidden, _warnings, Convert.ToHexStringLower(digest));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw PackException.From(failure, _options.ImagePath);
        }
        finally
        {
            if (created)
            {
                File.Delete(temporary);
            }
        }
    }

    private Stream Open(string path)
    {
        try
        {
            return _options.OpenOutput(path);
        }
        catch (DirectoryNotFoundException failure)
        {
            throw new PackException($"the directory of the image, {DirectoryOf(_options.ImagePath)}, does not exist", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new PackException($"the directory of the image, {DirectoryOf(_options.ImagePath)}, may not be written to", failure);
        }
    }

    private byte[] Write(SourceDirectory tree, Stream output, CancellationToken cancellation)
    {
        ImageWriter writer = new(output, _options.ImagePath);
        Dictionary<string, SourceFile> byPath = new(StringComparer.Ordinal);
        Collect(tree, byPath);
        _bytesTotal = _files.Sum(static file => file.Size);
        ImageEntry root = AddEntries(tree, WriteFiles(writer, byPath, cancellation), writer);
        AddRedirects();
        return writer.Finish(_entries, root, () => RulesEncoder.Encode(_site, _policies, _fileEntries));
    }

    private void Collect(SourceDirectory directory, Dictionary<string, SourceFile> byPath)
    {
        foreach (SourceFile file in directory.Files.Values)
        {
            _files.Add(file);
            byPath.Add(file.Path, file);
        }

        foreach (SourceDirectory child in directory.Directories.Values)
        {
            Collect(child, byPath);
        }
    }

    /// <summary>Writes all files in order, while those ahead are being compressed: a window of them, so that memory stays bounded.</summary>
    private Dictionary<string, IReadOnlyList<Extent>> WriteFiles(ImageWriter writer, Dictionary<string, SourceFile> byPath, CancellationToken cancellation)
    {
        Dictionary<string, IReadOnlyList<Extent>> extents = new(StringComparer.Ordinal);
        Queue<Task<PreparedFile?>> window = [];
        using SemaphoreSlim slots = new(Math.Max(1, _options.Parallelism));
        int next = 0;
        try
        {
            foreach (SourceFile file in _files)
            {
                while (next < _files.Count && window.Count < Math.Max(1, _options.Parallelism) * 2)
                {
                    window.Enqueue(Prepare(_files[next++], byPath, slots, cancellation));
                }

                using PreparedFile? prepared = window.Dequeue().GetAwaiter().GetResult();
                cancellation.ThrowIfCancellationRequested();
                extents.Add(file.Path, WriteFile(writer, file, prepared, cancellation));
                _filesDone++;
                Tell(file);
            }

            return extents;
        }
        finally
        {
            foreach (Task<PreparedFile?> task in window)
            {
                // What is under way ends before its files do; its failure would only hide the first one.
                Task.WhenAny(task).GetAwaiter().GetResult();
                if (task.IsCompletedSuccessfully)
                {
                    task.Result?.Dispose();
                }
            }
        }
    }

    private Task<PreparedFile?> Prepare(SourceFile file, Dictionary<string, SourceFile> byPath, SemaphoreSlim slots, CancellationToken cancellation)
    {
        string type = MediaTypes.Of(file.Name, _site.MediaTypes);
        Dictionary<Coding, SourceFile> siblings = Siblings(file, byPath);
        if (siblings.Count == 0 && (!MediaTypes.IsCompressible(type) || file.Size is < Compressor.MinSize or > Compressor.MaxSize))
        {
            return Task.FromResult<PreparedFile?>(null);
        }

        return Task.Run<PreparedFile?>(
            () =>
            {
                slots.Wait(cancellation);
                try
                {
                    return _compressor.Prepare(file, siblings);
                }
                finally
                {
                    slots.Release();
                }
            },
            cancellation);
    }

    private Dictionary<Coding, SourceFile> Siblings(SourceFile file, Dictionary<string, SourceFile> byPath)
    {
        Dictionary<Coding, SourceFile> siblings = [];
        if (!MediaTypes.IsCompressible(MediaTypes.Of(file.Name, _site.MediaTypes)))
        {
            return siblings;
        }

        foreach ((Coding coding, string suffix) in new[] { (Coding.Gzip, ".gz"), (Coding.Brotli, ".br"), (Coding.Zstandard, ".zst") })
        {
            if (byPath.TryGetValue(file.Path + suffix, out SourceFile? sibling))
            {
                siblings.Add(coding, sibling);
            }
        }

        return siblings;
    }

    private List<Extent> WriteFile(ImageWriter writer, SourceFile file, PreparedFile? prepared, CancellationToken cancellation)
    {
        Extent? identity;
        try
        {
            using Stream source = file.Open();
            identity = writer.WriteStream(source, file.Size, count =>
            {
                // A large file is not finished first.
                cancellation.ThrowIfCancellationRequested();
                _bytesDone += count;
                if (_bytesDone - _bytesTold >= ProgressStep)
                {
                    Tell(file);
                }
            });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw PackException.From(failure, file.Location ?? file.Path);
        }

        if (identity is not { } extent || (prepared is not null && !prepared.Hash.AsSpan().SequenceEqual(extent.Hash)))
        {
            throw new PackException($"{file.Location ?? file.Path} changed while it was packed: pack again when nobody writes to it");
        }

        List<Extent> extents = [extent];
        foreach (Variant variant in prepared?.Variants ?? [])
        {
            extents.Add(writer.WriteVariant(variant));
            _variants++;
        }

        _warnings.AddRange(prepared?.Warnings ?? []);
        return extents;
    }

    /// <summary>Makes the entries of a directory and all below it; returns the directory's own.</summary>
    private DirectoryEntry AddEntries(SourceDirectory directory, Dictionary<string, IReadOnlyList<Extent>> extents, ImageWriter writer)
    {
        string path = directory.Path.Length == 0 ? "/" : $"/{directory.Path}/";
        int policy = _policies.NumberOf(path);
        DirectoryEntry entry = new() { Path = directory.Path, Policy = policy };
        _entries.Add(entry);
        foreach (SourceFile file in directory.Files.Values)
        {
            FileEntry fileEntry = NewFile(file, extents[file.Path], _policies.NumberOf("/" + file.Path), isIndexed: true);
            _entries.Add(fileEntry);
            _fileEntries.Add(file.Path, fileEntry);
        }

        string? index = _site.IndexNames.FirstOrDefault(directory.Files.ContainsKey);
        if (index is not null)
        {
            entry.Page = _fileEntries[directory.Files[index].Path];
        }
        else if (_policies.Policies[policy].Listing)
        {
            entry.Page = AddListing(directory, "index.html", DirectoryListing.Html(directory), policy, writer);
            entry.Json = AddListing(directory, "index.json", DirectoryListing.Json(directory), policy, writer);
        }

        foreach (SourceDirectory child in directory.Directories.Values)
        {
            AddEntries(child, extents, writer);
        }

        return entry;
    }

    private FileEntry AddListing(SourceDirectory directory, string name, byte[] content, int policy, ImageWriter writer)
    {
        SourceFile file = new()
        {
            Path = directory.Path.Length == 0 ? name : $"{directory.Path}/{name}",
            Generated = content,
            Size = content.Length,
            Modified = DirectoryListing.Modified(directory),
        };
        using PreparedFile prepared = _compressor.Prepare(file, new Dictionary<Coding, SourceFile>());
        FileEntry entry = NewFile(file, WriteFile(writer, file, prepared, CancellationToken.None), policy, isIndexed: false);
        _entries.Add(entry);
        return entry;
    }

    private FileEntry NewFile(SourceFile file, IReadOnlyList<Extent> extents, int policy, bool isIndexed) => new()
    {
        Path = file.Path,
        Policy = policy,
        IsIndexed = isIndexed,
        Modified = file.Modified,
        MediaType = MediaTypes.Of(file.Name, _site.MediaTypes),
        Extents = extents,
    };

    private void AddRedirects()
    {
        Dictionary<string, ImageEntry> byPath = _entries.Where(static entry => entry.IsIndexed).ToDictionary(static entry => entry.Path, StringComparer.Ordinal);
        foreach (Redirect redirect in _site.Redirects)
        {
            string path = Uri.UnescapeDataString(redirect.From).Trim('/');
            RedirectEntry entry = new()
            {
                Path = path,
                Policy = _policies.NumberOf(redirect.From),
                IsPrefix = redirect.IsPrefix,
                Status = redirect.Status,
                Target = redirect.To,
            };
            if (!byPath.TryAdd(path, entry))
            {
                throw new PackException($"{_site.Source}:{redirect.Line}: the redirect from {redirect.From} would hide what the content has there, or is there twice");
            }

            _entries.Add(entry);
        }
    }

    private void Tell(SourceFile file)
    {
        _bytesTold = _bytesDone;
        _options.Progress?.Invoke(new PackProgress(_filesDone, _files.Count, _bytesDone, _bytesTotal, file.Path));
    }

    private static int CountDirectories(SourceDirectory directory) => 1 + directory.Directories.Values.Sum(CountDirectories);

    private static string DirectoryOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;
}
