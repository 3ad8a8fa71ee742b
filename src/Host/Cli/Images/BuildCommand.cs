// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Host.Images.Building;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Linux;

namespace Uaas.Cli.Images;

/// <summary><c>uaas build</c>: makes an image of a service and what it serves.</summary>
internal static class BuildCommand
{
    private static readonly string[] Kinds = ["hvt", "pvh", "spt"];

    private static readonly Argument<string> Source = new("source") { Description = "The directory to serve" };
    private static readonly Option<string?> Name = new("--tag", "-t") { Description = "The image's name (default: the directory's)", HelpName = "NAME[:TAG]" };
    private static readonly Option<string> Service = new("--service") { Description = "The service that serves it", DefaultValueFactory = _ => "http" };
    private static readonly Option<string?> Configuration = new("--config") { Description = "The site's configuration (default: uaas-site.yaml in the content, if it is there)", HelpName = "FILE" };
    private static readonly Option<int?> Memory = new("--mem") { Description = "Memory of an instance in MiB (default: what the service needs)", HelpName = "MB" };
    private static readonly Option<string[]> Arguments = new("--arg") { Description = "A boot argument of every instance; may be given again", HelpName = "WORD" };

    internal static Command Create()
    {
        var command = new Command("build", "Makes an image") { Source, Name, Service, Configuration, Memory, Arguments };
        command.SetAction((arguments, _) => RunAsync(arguments));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments)
    {
        string source = Path.GetFullPath(arguments.GetRequiredValue(Source));
        var reference = ImageReference.Parse(arguments.GetValue(Name) ?? DefaultName(source));
        BuildPlan plan = PlanFor(source, arguments);
        var store = ImageStore.ForThisUser();
        StoredImage image = await TransferCommands.RunAsync((transfers, token) =>
            ImageBuilder.BuildAsync(store, reference, plan, warning => Console.Error.WriteLine($"uaas: {warning}"), transfers, token)).ConfigureAwait(false);
        await Console.Out.WriteLineAsync($"built {image.Reference} {image.Manifest.Digest}").ConfigureAwait(false);
        return ExitCode.Ok;
    }

    private static BuildPlan PlanFor(string source, ParseResult arguments)
    {
        if (!Directory.Exists(source))
            throw new UaasException(Failure.Content, File.Exists(source) ? $"{source} is a file, not a directory" : $"there is no directory {source}");
        string name = arguments.GetRequiredValue(Service);
        ServiceDescription service = ServiceCatalogue.Find(name)
            ?? throw new UaasException(Failure.Usage, $"there is no service {name}; there are: {string.Join(", ", ServiceCatalogue.All.Select(known => known.Name))}");
        var locations = Locations.Find();
        return new BuildPlan
        {
            Configuration = ConfigurationFor(service, arguments.GetValue(Memory), arguments.GetValue(Arguments) ?? []),
            Kernels = [.. Kinds.Select(kind => new KernelSource(kind, locations.ExistingImage(service.Name, kind)))],
            ContentDirectory = service.Content == ContentUse.None ? throw new UaasException(Failure.Usage, $"{name} serves no content") : source,
            SiteConfiguration = arguments.GetValue(Configuration),
            IndexesFilms = service.IndexesFilms,
        };
    }

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
        string name = new([.. Path.GetFileName(source.TrimEnd('/')).ToLowerInvariant().Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-')]);
        return name.Trim('-') is { Length: > 0 } usable ? usable : "image";
    }
}
