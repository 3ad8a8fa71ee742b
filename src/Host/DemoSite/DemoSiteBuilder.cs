// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Demo;

/// <summary>
/// Builds the site that the demonstration serves: the pages of <c>samples/demo-site</c>, the project's documents as HTML, its source as it is, pictures that
/// are computed, and a large file. All of it comes from the repository, so that no network is needed and the repository stays small.
/// </summary>
public static class DemoSiteBuilder
{
    private const string Marker = ".uaas-demo-site";

    private static readonly string[] s_sourceFolders = ["docs", "native", "samples", "sdk", "src", "tests"];
    private static readonly string[] s_builtFolders = ["bin", "obj", "out", "TestResults"];

    /// <summary>Builds the site, in place of one built before.</summary>
    /// <param name="repository">The repository's root.</param>
    /// <param name="output">The directory to build. It may be missing, empty, or one that this method made.</param>
    /// <param name="largeFileMebibytes">Size of the large download.</param>
    /// <returns>How many files there are.</returns>
    /// <exception cref="IOException">Something cannot be read or written; or <paramref name="output"/> holds something else.</exception>
    public static int Build(string repository, string output, int largeFileMebibytes = 64)
    {
        Clear(output);
        CopyTree(Path.Combine(repository, "samples", "demo-site"), output);
        Documents.Render(repository, Path.Combine(output, "docs"));
        CopySource(repository, Path.Combine(output, "source"));
        Gallery.Draw(Path.Combine(output, "gallery"));
        LargeFile.Write(Path.Combine(output, "download"), largeFileMebibytes);
        return Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories).Count(static file => Path.GetFileName(file) != Marker);
    }

    /// <summary>Empties the directory; but not one that somebody else filled.</summary>
    private static void Clear(string output)
    {
        string marker = Path.Combine(output, Marker);
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
        {
            if (!File.Exists(marker))
            {
                throw new IOException($"{output} holds something that is no demonstration site: remove it, or name another directory");
            }

            Directory.Delete(output, recursive: true);
        }

        Directory.CreateDirectory(output);
        File.WriteAllText(marker, "Made anew for each demonstration.\n");
    }

    private static void CopySource(string repository, string output)
    {
        foreach (string folder in s_sourceFolders.Where(folder => Directory.Exists(Path.Combine(repository, folder))))
        {
            CopyTree(Path.Combine(repository, folder), Path.Combine(output, folder));
        }

        foreach (string file in Directory.GetFiles(repository).Where(static file => !Path.GetFileName(file).StartsWith('.')))
        {
            CopyFile(file, Path.Combine(output, Path.GetFileName(file)));
        }
    }

    private static void CopyTree(string source, string destination)
    {
        Directory.CreateDirectory(destination);
        foreach (string file in Directory.GetFiles(source).Where(static file => !Path.GetFileName(file).StartsWith('.')))
        {
            CopyFile(file, Path.Combine(destination, Path.GetFileName(file)));
        }

        foreach (string folder in Directory.GetDirectories(source))
        {
            string name = Path.GetFileName(folder);
            if (!name.StartsWith('.') && !s_builtFolders.Contains(name))
            {
                CopyTree(folder, Path.Combine(destination, name));
            }
        }
    }

    private static void CopyFile(string source, string destination)
    {
        File.Copy(source, destination);
        File.SetLastWriteTimeUtc(destination, File.GetLastWriteTimeUtc(source));
    }
}
