// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli.Guests;
using Uaas.Host.Images.Building;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Instances.Kernels;
using Uaas.Linux;

namespace Uaas.Cli.Images;

/// <summary><c>uaas build</c>: makes an image of a service and what it serves.</summary>
internal static class BuildCommand
{
    private static readonly string[] Kinds = ["hvt", "pvh", "spt"];

    private static readonly Argument<string> Source = new("source") { Description = "The directory to serve, the project of a service of your own, or a kernel, whoever built it" };
    private static readonly Option<string?> Name = new("--tag", "-t") { Description = "The image's name (default: the directory's)", HelpName = "NAME[:TAG]" };
    private static readonly Option<string?> Content = new("--content") { Description = "The directory that a service of your own serves", HelpName = "DIR" };
    private static readonly Option<string> Service = new("--service") { Description = "The service that serves it", DefaultValueFactory = _ => "http" };
    private static readonly Option<string?> Configuration = new("--config") { Description = "The site's configuration (default: uaas-site.yaml in the content, if it is there)", HelpName = "FILE" };
    private static readonly Option<int?> Memory = new("--mem") { Description = "Memory of an instance in MiB (default: what the service needs)", HelpName = "MB" };
    private static readonly Option<string[]> Arguments = new("--arg") { Description = "A boot argument of every instance; may be given again", HelpName = "WORD" };

    internal static Command Create()
    {
        var command = new Command("build", "Makes an image") { Source, Name, Service, Content, Configuration, Memory, Arguments };
        command.SetAction((arguments, _) => RunAsync(arguments));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments)
    {
        string source = Path.GetFullPath(arguments.GetRequiredValue(Source));
        var reference = ImageReference.Parse(arguments.GetValue(Name) ?? DefaultName(source));
        BuildPlan plan = await PlanForAsync(source, arguments).ConfigureAwait(false);
        var store = ImageStore.ForThisUser();
        StoredImage image = await TransferCommands.RunAsync((transfers, token) =>
            ImageBuilder.BuildAsync(store, reference, plan, warning => Console.Error.WriteLine($"uaas: {warning}"), transfers, token)).ConfigureAwait(false);
        await Console.Out.WriteLineAsync($"built {image.Reference} {image.Manifest.Digest}").ConfigureAwait(false);
        return ExitCode.Ok;
    }

    /// <summary>The kind under which an image holds a kernel of a format.</summary>
    internal static string KindOf(KernelFormat format) => format.ToString().ToLowerInvariant();

    private static async Task<BuildPlan> PlanForAsync(string source, ParseResult arguments)
    {
        if (IsProject(source) && ServiceProject.Find(source) is { } project)
        {
            using RunTarget target = await project.BuildAsync().ConfigureAwait(false);
            return PlanForService(target.Service, KernelsOf(target), DirectoryFor(target.Service, arguments.GetValue(Content)), arguments);
        }
        if (File.Exists(source))
            return PlanForKernel(source, arguments);
        if (!Directory.Exists(source))
            throw new UaasException(Failure.Content, $"there is neither a directory nor a file {source}");
        string name = arguments.GetRequiredValue(Service);
        ServiceDescription service = ServiceCatalogue.Find(name)
            ?? throw new UaasException(Failure.Usage, $"there is no service {name}; there are: {string.Join(", ", ServiceCatalogue.All.Select(known => known.Name))}");
        var locations = Locations.Find();
        KernelSource[] kernels = [.. Kinds.Select(kind => new KernelSource(kind, locations.ExistingImage(service.Name, kind)))];
        return PlanForService(service, kernels, service.Content == ContentUse.None ? throw new UaasException(Failure.Usage, $"{name} serves no content") : source, arguments);
    }

    private static bool IsProject(string source) =>
        source.EndsWith(".csproj", StringComparison.Ordinal) || Directory.Exists(source) && Directory.EnumerateFiles(source, "*.csproj").Any();

    private static BuildPlan PlanForService(ServiceDescription service, IReadOnlyList<KernelSource> kernels, string? content, ParseResult arguments) => new()
    {
        Configuration = ConfigurationFor(service, arguments.GetValue(Memory), arguments.GetValue(Arguments) ?? []),
        Kernels = kernels,
        ContentDirectory = content,
        SiteConfiguration = arguments.GetValue(Configuration),
        IndexesFilms = service.IndexesFilms,
    };

    private static BuildPlan PlanForKernel(string path, ParseResult arguments)
    {
        var kernel = KernelFile.Recognise(path);
        ServiceDescription service = KernelTarget.Describe(KernelTarget.NameOf(path), kernel);
        return new BuildPlan
        {
            Configuration = ConfigurationFor(service, arguments.GetValue(Memory), arguments.GetValue(Arguments) ?? []) with { Networks = kernel.Networks, Blocks = kernel.Blocks },
            Kernels = [new KernelSource(KindOf(kernel.Format), path)],
        };
    }

    /// <summary>The kernels that a project builds: not every project builds for every monitor.</summary>
    private static KernelSource[] KernelsOf(RunTarget target)
    {
        var kernels = new List<KernelSource>();
        foreach (string kind in Kinds)
        {
            try
            {
                kernels.Add(new KernelSource(kind, target.ImageFor(kind)));
            }
            catch (UaasException e) when (e.Failure == Failure.NotBuilt)
            {
                // It is for the others.
            }
        }
        return kernels.Count > 0 ? [.. kernels] : throw new UaasException(Failure.NotBuilt, $"{target.Service.Name} builds no image for any monitor");
    }

    private static string? DirectoryFor(ServiceDescription service, string? content) => content switch
    {
        null when service.Content == ContentUse.Required => throw new UaasException(Failure.Usage, $"{service.Name} needs the directory to serve: --content DIR"),
        not null when service.Content == ContentUse.None => throw new UaasException(Failure.Usage, $"{service.Name} serves no content: leave --content out"),
        not null when !Directory.Exists(content) => throw new UaasException(Failure.Content, $"there is no directory {content}"),
        _ => content is null ? null : Path.GetFullPath(content),
    };

    private static ImageConfiguration ConfigurationFor(ServiceDescription service, int? memory, IReadOnlyList<string> arguments) => new()
    {
        Service = service.Name,
        MemoryMebibytes = memory ?? service.MemoryMebibytes,
        Networks = [Agent.TapLinks.DeviceName],
        Blocks = service.Content == ContentUse.None ? [] : [ContentImage.DeviceName],
        Ports = [.. service.Ports.Select(port => new ImagePort(port.Scheme, port.GuestPort))],
        Arguments = arguments,
    };

    /// <summary>The directory's name, in the letters that an image's name may have.</summary>
    private static string DefaultName(string source)
    {
        string name = new([.. Path.GetFileNameWithoutExtension(source.TrimEnd('/')).ToLowerInvariant().Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-')]);
        return name.Trim('-') is { Length: > 0 } usable ? usable : "image";
    }
}
