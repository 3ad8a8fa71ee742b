// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>
/// Where the build put what the command needs: <c>images/NAME.KIND</c> and <c>bin/uaas-TENDER</c> below one folder. That folder is named by
/// UAAS_HOME; without it, it is the folder above the command's where that is an installation, or else <c>out</c> beside the command or beside a folder above it.
/// </summary>
internal sealed class Locations
{
    private const string Variable = "UAAS_HOME";

    private readonly string _root;

    internal Locations(string root)
    {
        _root = root;
    }

    /// <summary>The locations of this installation.</summary>
    internal static Locations Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return new Locations(Path.GetFullPath(given));
        // Where uaas install put it.
        string installed = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, ".."));
        if (File.Exists(Path.Combine(installed, "installed")))
            return new Locations(installed);
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "out");
            if (Directory.Exists(Path.Combine(candidate, "images")))
                return new Locations(candidate);
        }
        return new Locations(Path.Combine(AppContext.BaseDirectory, "out"));
    }

    /// <summary>The folder itself.</summary>
    internal string Folder => _root;

    /// <summary>The folder of the tenders, whether or not it is there.</summary>
    internal string Tenders => Path.Combine(_root, "bin");

    /// <summary>Path of a tender, whether or not it is there.</summary>
    internal string Tender(string name) => Path.Combine(_root, "bin", $"uaas-{name}");

    /// <summary>The repository that the build is of.</summary>
    internal string Repository => Path.GetDirectoryName(_root) ?? "/";

    /// <summary>Where the site is built that the demonstration serves.</summary>
    internal string DemoSite => Path.Combine(_root, "demo-site");

    /// <summary>The folder of the modules for nginx, whether or not it is there.</summary>
    internal string NginxModules => Path.Combine(_root, "nginx");

    /// <summary>Path of an image, whether or not it is there.</summary>
    internal string Image(string name, string kind) => Path.Combine(_root, "images", $"{name}.{kind}");

    /// <summary>Path of an image that is there.</summary>
    /// <exception cref="UaasException">It is not; the message names the services that are.</exception>
    internal string ExistingImage(string name, string kind)
    {
        string path = Image(name, kind);
        if (File.Exists(path))
            return path;
        string folder = Path.Combine(_root, "images");
        string[] others = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, $"*.{kind}").Select(file => Path.GetFileNameWithoutExtension(file)).Order()] : [];
        string known = others.Length == 0 ? "" : $"; there are: {string.Join(", ", others)}";
        throw new UaasException(Failure.NotBuilt, $"there is no image {path}{known}", $"build it: ./uaas build; or say where the build is: {Variable}=FOLDER");
    }
}
