// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Configuration;
using Uaas.Host.Images.Building;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Linux;
using ImageReference = Uaas.Host.Images.Oci.ImageReference;

namespace Uaas.Cli.Images;

/// <summary>
/// Makes an image of each service of a <c>uaas.yaml</c>: its kernels, its content, its memory and arguments. Where requests come from, links, scale and all else belongs to the
/// deployment, and stays in the file.
/// </summary>
internal static class DeploymentBuild
{
    /// <summary>Whether a path is that of a deployment's file.</summary>
    internal static bool IsDeployment(string path) => Path.GetExtension(path) is ".yaml" or ".yml";

    /// <summary>Builds everything that the file names. What an image is to be made of is found out for all services before the first is made.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tag">What goes before the services' names, and their tag: <c>registry.example/shop:1.2</c>; null for the names alone.</param>
    /// <exception cref="ConfigurationException">The file is wrong.</exception>
    /// <exception cref="UaasException">A service cannot be built.</exception>
    internal static async Task<int> RunAsync(string path, string? tag)
    {
        if (!File.Exists(path))
            throw new UaasException(Failure.Configuration, $"there is no file {path}");
        Deployment deployment = ConfigurationReader.Read(path);
        var store = ImageStore.ForThisUser();
        var plans = new List<(ServiceDefinition Service, ImageReference Reference, BuildPlan? Plan)>();
        foreach (ServiceDefinition service in deployment.Services)
            plans.Add((service, NameFor(deployment, service, tag), await ExplainAsync(path, service, () => PlanAsync(store, service)).ConfigureAwait(false)));
        foreach ((ServiceDefinition service, ImageReference reference, BuildPlan? plan) in plans)
        {
            if (plan is null)
                await Console.Out.WriteLineAsync($"kept {service.Image.Value}: {service.Name} runs it as it is").ConfigureAwait(false);
            else
                await ExplainAsync(path, service, () => BuildAsync(store, reference, plan)).ConfigureAwait(false);
        }
        return ExitCode.Ok;
    }

    private static async Task<bool> BuildAsync(ImageStore store, ImageReference reference, BuildPlan plan)
    {
        await BuildCommand.BuildAsync(store, reference, plan).ConfigureAwait(false);
        return true;
    }

    /// <summary>What a service's image is made of; null where it runs an image that there is, unchanged.</summary>
    private static async Task<BuildPlan?> PlanAsync(ImageStore store, ServiceDefinition service)
    {
        var wishes = new BuildWishes
        {
            Content = service.Content,
            Configuration = service.Config,
            MemoryMebibytes = service.Resources.MemoryMebibytes,
            Arguments = service.Arguments,
        };
        return service.Image.Kind switch
        {
            ImageKind.BuiltIn => BuildPlans.ForService(ServiceCatalogue.Find(service.Image.Value)!, wishes),
            ImageKind.Project => await BuildPlans.ForProjectAsync(ServiceProject.Find(service.Image.Value)!, wishes).ConfigureAwait(false),
            ImageKind.File => BuildPlans.ForKernel(service.Image.Value, wishes),
            _ => service.Content is null ? null : Derive(store, service, wishes),
        };
    }

    /// <summary>An image of the store, with other content.</summary>
    private static BuildPlan Derive(ImageStore store, ServiceDefinition service, BuildWishes wishes)
    {
        ServiceImage image = store.Open(store.Require(service.Image.Value).Manifest);
        return new BuildPlan
        {
            Configuration = image.Configuration with
            {
                MemoryMebibytes = wishes.MemoryMebibytes ?? image.Configuration.MemoryMebibytes,
                Arguments = [.. image.Configuration.Arguments, .. wishes.Arguments],
            },
            Kernels = [.. image.Kinds.Select(kind => new KernelSource(kind, store.PathOf(image.Kernel(kind)!)))],
            ContentDirectory = wishes.Content,
            SiteConfiguration = wishes.Configuration,
            IndexesFilms = ServiceCatalogue.Find(image.Configuration.Service) is { IndexesFilms: true },
        };
    }

    /// <summary>The service's name, below the namespace where that is not the default one, or below what was asked for.</summary>
    private static ImageReference NameFor(Deployment deployment, ServiceDefinition service, string? tag)
    {
        if (tag is null)
            return ImageReference.Parse(deployment.Namespace == Deployment.DefaultNamespace ? service.Name : $"{deployment.Namespace}/{service.Name}");
        var prefix = ImageReference.Parse(tag);
        if (prefix.Digest is not null)
            throw new UaasException(Failure.Usage, $"an image cannot be given a digest for a name: {tag}");
        string host = prefix.Registry is { } registry ? registry + "/" : "";
        return ImageReference.Parse($"{host}{prefix.Repository}/{service.Name}:{prefix.Tag}");
    }

    /// <summary>Says of a failure which service it was, and where that stands in the file.</summary>
    private static async Task<T> ExplainAsync<T>(string path, ServiceDefinition service, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (UaasException e) when (e.Failure is not (Failure.Disk or Failure.Interrupted))
        {
            throw new UaasException(e.Failure, $"{ConfigurationReader.Locate(path, service.Name)}: services.{service.Name}: {e.Message}", e.Remedy, e);
        }
    }
}
