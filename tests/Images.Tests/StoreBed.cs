// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Host.Images.Building;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;

namespace Uaas.Images.Tests;

/// <summary>A folder for a test, with a store in it, and things to make images of.</summary>
internal sealed class StoreBed : IDisposable
{
    private static readonly DateTime s_modified = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    internal StoreBed()
    {
        Folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;
        Store = new ImageStore(Path.Combine(Folder, "store"));
    }

    internal string Folder { get; }

    internal ImageStore Store { get; }

    internal Transfers Transfers { get; } = new();

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Another store in the same folder.</summary>
    internal ImageStore NewStore(string name) => new(Path.Combine(Folder, name));

    /// <summary>Builds an image of two kernels and a site.</summary>
    internal Task<StoredImage> BuildAsync(string name, string text = "hello", int extraBytes = 0, ImageStore? store = null) =>
        ImageBuilder.BuildAsync(store ?? Store, ImageReference.Parse(name), Plan(text, extraBytes), _ => { }, Transfers, CancellationToken.None);

    /// <summary>What <see cref="BuildAsync"/> builds of.</summary>
    internal BuildPlan Plan(string text, int extraBytes = 0)
    {
        string site = Directory.CreateDirectory(Path.Combine(Folder, $"site-{Guid.NewGuid():N}")).FullName;
        Write(Path.Combine(site, "index.html"), Encoding.UTF8.GetBytes(text));
        if (extraBytes > 0)
        {
            byte[] bytes = new byte[extraBytes];
            new Random(1).NextBytes(bytes);
            Write(Path.Combine(site, "large.bin"), bytes);
        }
        Directory.SetLastWriteTimeUtc(site, s_modified);
        return new BuildPlan
        {
            Configuration = new ImageConfiguration { Service = "http", MemoryMebibytes = 32, Networks = ["service"], Blocks = ["content"] },
            Kernels = [new KernelSource("spt", Kernel("spt")), new KernelSource("hvt", Kernel("hvt"))],
            ContentDirectory = site,
        };
    }

    /// <summary>Runs a program; returns its exit code and what it wrote.</summary>
    internal static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output + await errors);
    }

    private string Kernel(string kind)
    {
        string path = Path.Combine(Folder, $"kernel.{kind}");
        Write(path, Encoding.UTF8.GetBytes($"a kernel for {kind}"));
        return path;
    }

    private static void Write(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        File.SetLastWriteTimeUtc(path, s_modified);
    }
}
