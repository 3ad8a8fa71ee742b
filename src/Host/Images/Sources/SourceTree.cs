// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Uaas.Host.Images.Sources;

/// <summary>A file to pack.</summary>
internal sealed class SourceFile
{
    /// <summary>Path in the image: no slash at either end.</summary>
    internal required string Path { get; init; }

    /// <summary>Where to read it; null when it is <see cref="Generated"/>.</summary>
    internal string? Location { get; init; }

    /// <summary>Content that exists in no file.</summary>
    internal byte[]? Generated { get; init; }

    /// <summary>What stands in place of the first <see cref="Replaced"/> bytes of the file at <see cref="Location"/>; null: nothing does.</summary>
    internal byte[]? Head { get; init; }

    /// <summary>Bytes of the file at <see cref="Location"/> that <see cref="Head"/> stands for.</summary>
    internal long Replaced { get; init; }

    /// <summary>Bytes.</summary>
    internal required long Size { get; init; }

    /// <summary>Seconds since 1970.</summary>
    internal required long Modified { get; init; }

    /// <summary>The last part of the path.</summary>
    internal string Name => Path[(Path.LastIndexOf('/') + 1)..];

    internal Stream Open()
    {
        if (Generated is not null)
        {
            return new MemoryStream(Generated, writable: false);
        }

        FileStream file = new(Location!, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (Head is null)
        {
            return file;
        }

        file.Position = Replaced;
        return new HeadedStream(Head, file, Size);
    }
}

/// <summary>A directory to pack, with what is in it by name.</summary>
internal sealed class SourceDirectory
{
    /// <summary>Path in the image: no slash at either end; empty for the root.</summary>
    internal required string Path { get; init; }

    /// <summary>Seconds since 1970.</summary>
    internal required long Modified { get; init; }

    internal SortedDictionary<string, SourceDirectory> Directories { get; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, SourceFile> Files { get; } = new(StringComparer.Ordinal);
}

/// <summary>Reads what there is to pack. Links may point anywhere within the root; what is not a file, directory or such a link is refused.</summary>
internal sealed class SourceTree
{
    /// <summary>Bound on files and directories, which also ends what links could multiply.</summary>
    private const int MaxEntries = 16_000_000;

    private readonly string _root;
    private readonly bool _hidden;
    private readonly long? _modified;
    private readonly Func<string, bool> _excluded;
    private readonly HashSet<string> _ancestors = new(StringComparer.Ordinal);
    private int _entries;

    private SourceTree(string root, bool hidden, Func<string, bool> excluded, DateTimeOffset? modified)
    {
        _modified = modified?.ToUnixTimeSeconds();
        _root = root;
        _hidden = hidden;
        _excluded = excluded;
    }

    /// <summary>How many dot files were left out.</summary>
    internal int HiddenCount { get; private set; }

    /// <summary>Reads the tree below <paramref name="root"/>.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="hidden">Whether names that start with a dot are packed too; <c>.well-known</c> always is.</param>
    /// <param name="excluded">Whether a path in the image is left out.</param>
    /// <param name="modified">When everything counts as modified; null: when it was.</param>
    /// <param name="hiddenCount">How many dot files were left out.</param>
    internal static SourceDirectory Read(string root, bool hidden, Func<string, bool> excluded, DateTimeOffset? modified, out int hiddenCount)
    {
        if (!Directory.Exists(root))
        {
            throw new PackException(File.Exists(root)
                ? $"the content {root} is a file, not a directory"
                : $"the content directory {root} does not exist");
        }

        string real = FileStatus.RealPath(root);
        SourceTree tree = new(real, hidden, excluded, modified);
        SourceDirectory top = new() { Path = "", Modified = tree.TimeOf(FileStatus.Of(real, follow: true)) };
        tree.Fill(top, real);
        hiddenCount = tree.HiddenCount;
        return top;
    }

    private void Fill(SourceDirectory directory, string location)
    {
        // An ancestor can only come again through a link.
        if (!_ancestors.Add(location))
        {
            throw new PackException($"{directory.Path} is a symbolic link to a directory that it is in: it would never end");
        }

        foreach (string child in ListDirectory(location))
        {
            string name = Path.GetFileName(child);
            string path = directory.Path.Length == 0 ? name : $"{directory.Path}/{name}";
            if (_excluded(path))
            {
                continue;
            }

            if (name.StartsWith('.') && name != ".well-known" && !_hidden)
            {
                HiddenCount++;
                continue;
            }

            Check(path, child);
            AddChild(directory, name, path, child);
        }

        _ancestors.Remove(location);
    }

    private static string[] ListDirectory(string location)
    {
        try
        {
            string[] children = Directory.GetFileSystemEntries(location);
            Array.Sort(children, StringComparer.Ordinal);
            return children;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw PackException.From(failure, location);
        }
    }

    private void AddChild(SourceDirectory directory, string name, string path, string location)
    {
        FileStatus status = FileStatus.Of(location, follow: false);
        string target = location;
        if (status.Kind == FileKind.SymbolicLink)
        {
            target = ResolveLink(location);
            status = FileStatus.Of(target, follow: false);
        }

        switch (status.Kind)
        {
            case FileKind.Regular:
                directory.Files.Add(name, new SourceFile { Path = path, Location = target, Size = status.Size, Modified = TimeOf(status) });
                break;
            case FileKind.Directory:
                SourceDirectory child = new() { Path = path, Modified = TimeOf(status) };
                directory.Directories.Add(name, child);
                Fill(child, target);
                break;
            default:
                throw new PackException($"{location} is a device, pipe or socket: only files and directories can be packed");
        }
    }

    private string ResolveLink(string location)
    {
        string target;
        try
        {
            target = FileStatus.RealPath(location);
        }
        catch (PackException failure)
        {
            throw new PackException($"{location} is a symbolic link that leads nowhere ({failure.Message})");
        }

        if (target != _root && !target.StartsWith(_root + "/", StringComparison.Ordinal))
        {
            throw new PackException($"{location} is a symbolic link out of the content, to {target}: copy what it points to, or remove it");
        }

        return target;
    }

    private void Check(string path, string location)
    {
        if (++_entries > MaxEntries)
        {
            throw new PackException($"there are more than {MaxEntries} files and directories in {_root}");
        }

        if (path.Contains('\uFFFD'))
        {
            throw new PackException($"{location}: the name is not UTF-8: rename it");
        }

        if (Encoding.UTF8.GetByteCount(path) > Content.ContentFormat.MaxPathLength)
        {
            throw new PackException($"{location}: the path in the image is longer than {Content.ContentFormat.MaxPathLength} bytes");
        }
    }

    private long TimeOf(FileStatus status) => Math.Clamp(_modified ?? status.Modified, 0, MaxTime);

    /// <summary>The last second of the year 9999, the last that an HTTP date can say.</summary>
    private const long MaxTime = 253402300799;
}
