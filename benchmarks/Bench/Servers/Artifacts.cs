// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Linux;

namespace Uaas.Bench.Servers;

/// <summary>Where the build put what is measured: <c>images/NAME.KIND</c> and <c>bin/uaas-TENDER</c> below UAAS_HOME, or below <c>out</c> in a folder above the benchmark.</summary>
/// <param name="root">The folder.</param>
internal sealed class Artifacts(string root)
{
    /// <summary>The folder.</summary>
    internal string Root { get; } = root;

    /// <summary>The spt tender.</summary>
    internal string SptTender => Path.Combine(Root, "bin", "uaas-spt");

    /// <summary>Finds the folder.</summary>
    internal static Artifacts Find()
    {
        if (Environment.GetEnvironmentVariable("UAAS_HOME") is { Length: > 0 } given)
            return new Artifacts(Path.GetFullPath(given));
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "global.json")))
                return new Artifacts(Path.Combine(folder.FullName, "out"));
        }
        throw new UaasException(Failure.NotBuilt, "the benchmark is not inside the repository", "say where the build is: UAAS_HOME=FOLDER");
    }

    /// <summary>The image of the <c>http</c> service for a platform.</summary>
    internal string HttpImage(string platform) => Image("http", platform);

    /// <summary>The image of a service for a platform.</summary>
    internal string Image(string service, string platform) => Path.Combine(Root, "images", $"{service}.{platform}");

    /// <summary>Why a service cannot be measured on a platform; null where it can.</summary>
    internal string? WhyMissing(string platform, string service = "http")
    {
        string image = Image(service, platform);
        if (!File.Exists(image))
            return $"there is no {image}: ./uaas build";
        return platform == "spt" && !File.Exists(SptTender) ? $"there is no {SptTender}: ./uaas build" : null;
    }
}
