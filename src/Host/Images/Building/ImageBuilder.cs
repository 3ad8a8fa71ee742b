// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Linux;

namespace Uaas.Host.Images.Building;

/// <summary>A kernel that goes into an image.</summary>
/// <param name="Kind">Its kind: spt, hvt, pvh …</param>
/// <param name="Path">Where it is.</param>
public sealed record KernelSource(string Kind, string Path);

/// <summary>What an image is to be made of.</summary>
public sealed record BuildPlan
{
    /// <summary>What its configuration is to say.</summary>
    public required ImageConfiguration Configuration { get; init; }

    /// <summary>Its kernels, each of another kind.</summary>
    public required IReadOnlyList<KernelSource> Kernels { get; init; }

    /// <summary>The directory to pack; null for no content.</summary>
    public string? ContentDirectory { get; init; }

    /// <summary>The site's configuration file; null for the one in the content, if it is there.</summary>
    public string? SiteConfiguration { get; init; }

    /// <summary>Whether FLV files in the content are readied for seeking.</summary>
    public bool IndexesFilms { get; init; }
}

/// <summary>Makes images. The same kernels and files, with the same times, make the same image, byte for byte.</summary>
public static class ImageBuilder
{
    /// <summary>Seconds since 1970 that all content counts as modified at, in place of its files' times (reproducible-builds.org).</summary>
    private const string TimeVariable = "SOURCE_DATE_EPOCH";

    /// <summary>Makes an image, and names it in the store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="reference">The name.</param>
    /// <param name="plan">What it is to be made of.</param>
    /// <param name="warn">Told what a person should know.</param>
    /// <param name="transfers">What is told of the progress.</param>
    /// <param name="cancellation">Calls it off.</param>
    /// <exception cref="UaasException">Something is missing or cannot be packed, or the disk is full.</exception>
    public static async Task<StoredImage> BuildAsync(
        ImageStore store, ImageReference reference, BuildPlan plan, Action<string> warn, Transfers transfers, CancellationToken cancellation)
    {
        if (reference.Digest is not null)
            throw new UaasException(Failure.Usage, $"an image cannot be given a digest for a name: {reference}");
        using StoreWriter writer = store.BeginWriting();
        var layers = new List<Descriptor>();
        foreach (KernelSource kernel in plan.Kernels)
            layers.Add(await writer.AddFileAsync(OciMediaTypes.Kernel(kernel.Kind), kernel.Path, transfers, cancellation).ConfigureAwait(false));
        if (plan.ContentDirectory is not null)
        {
            layers.Add(await writer.AddMadeAsync(OciMediaTypes.Content,
                path => Task.Run(() => Pack(plan, path, warn, transfers, cancellation), cancellation), transfers, cancellation).ConfigureAwait(false));
        }
        (byte[] manifestBytes, byte[] configurationBytes) = ServiceImage.Write(plan.Configuration, layers);
        writer.Add(OciMediaTypes.Configuration, configurationBytes);
        Descriptor manifest = writer.Add(OciMediaTypes.Manifest, manifestBytes);
        writer.Publish(reference, manifest);
        return new StoredImage(reference, manifest);
    }

    private static void Pack(BuildPlan plan, string path, Action<string> warn, Transfers transfers, CancellationToken cancellation)
    {
        Transfer? transfer = null;
        var options = new PackOptions
        {
            ContentDirectory = plan.ContentDirectory!,
            ConfigurationPath = plan.SiteConfiguration,
            ImagePath = path,
            Modified = FixedTime(),
            IndexesFilms = plan.IndexesFilms,
            Progress = progress => (transfer ??= transfers.Begin("pack content", progress.TotalBytes)).Set(progress.Bytes),
        };
        try
        {
            foreach (string warning in ContentPacker.Pack(options, cancellation).Warnings)
                warn(warning);
        }
        catch (PackException e)
        {
            bool isFull = e.InnerException is IOException { HResult: Errno.NoSpace };
            throw new UaasException(isFull ? Failure.Disk : Failure.Content, e.Message, isFull ? "free some space, or name another store: UAAS_STORE=FOLDER" : null, e);
        }
    }

    private static DateTimeOffset? FixedTime()
    {
        if (Environment.GetEnvironmentVariable(TimeVariable) is not { Length: > 0 } text)
            return null;
        const long lastSecond = 253_402_300_799;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds <= lastSecond
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new UaasException(Failure.Usage, $"{TimeVariable}={text} is not a number of seconds since 1970");
    }
}
