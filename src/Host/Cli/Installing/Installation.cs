// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Cli.Verbs;

namespace Uaas.Cli.Installing;

/// <summary>A file that is copied into the library.</summary>
/// <param name="Source">Where it is.</param>
/// <param name="Target">Where it goes, relative to the library.</param>
internal readonly record struct CopiedFile(string Source, string Target);

/// <summary>A file that is written beside the library.</summary>
/// <param name="Path">Where.</param>
/// <param name="Text">What is in it.</param>
/// <param name="Mode">Who may do what with it.</param>
/// <param name="IsPeoples">Whether people change it: one that is there is left alone.</param>
internal readonly record struct WrittenFile(string Path, string Text, UnixFileMode Mode, bool IsPeoples = false);

/// <summary>What an installation consists of.</summary>
internal sealed class Installation
{
    internal const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    internal const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly Locations _locations;

    /// <param name="locations">The build that is installed.</param>
    /// <param name="layout">Where to.</param>
    internal Installation(Locations locations, InstallLayout layout)
    {
        _locations = locations;
        Layout = layout;
        Copied = [.. Program(), .. Images(), .. Folder(locations.Tenders, "bin"), .. Folder(locations.NginxModules, "nginx"), .. Documents()];
        Written =
        [
            new(layout.Command, UnitFile.Command(layout), Executable),
            new(layout.Unit, UnitFile.Write(layout), Readable),
            new(layout.Options, UnitFile.Options(), Readable, IsPeoples: true),
            new(layout.BashCompletion, CompletionCommand.Script("bash") + "\n", Readable),
            new(layout.ZshCompletion, CompletionCommand.Script("zsh") + "\n", Readable),
            new(layout.FishCompletion, CompletionCommand.Script("fish") + "\n", Readable),
        ];
    }

    internal InstallLayout Layout { get; }

    /// <summary>What goes into the library.</summary>
    internal IReadOnlyList<CopiedFile> Copied { get; }

    /// <summary>What goes beside it.</summary>
    internal IReadOnlyList<WrittenFile> Written { get; }

    /// <summary>Bytes of what is copied.</summary>
    internal long Size => Copied.Sum(file => new FileInfo(file.Source).Length);

    private static IEnumerable<CopiedFile> Program() => Folder(AppContext.BaseDirectory, "cli");

    /// <summary>The images of services, and the guest that the doctor boots; not those of tests.</summary>
    private IEnumerable<CopiedFile> Images()
    {
        foreach (string name in ServiceCatalogue.All.Select(service => service.Name).Append(Doctor.GuestName))
        {
            foreach (string kind in new[] { "spt", "hvt", "pvh" })
                yield return new CopiedFile(_locations.ExistingImage(name, kind), Path.Combine("images", $"{name}.{kind}"));
        }
    }

    /// <summary>The documentation, where there is a clone.</summary>
    private IEnumerable<CopiedFile> Documents() => Folder(Path.Combine(_locations.Repository, "docs"), "docs").Where(file => file.Source.EndsWith(".md", StringComparison.Ordinal));

    private static IEnumerable<CopiedFile> Folder(string source, string target) => !Directory.Exists(source) ? []
        : Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".debug", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(file => new CopiedFile(file, Path.Combine(target, Path.GetRelativePath(source, file))));
}
