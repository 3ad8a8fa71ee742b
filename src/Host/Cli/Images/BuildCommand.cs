// SPDX-License-Identifier: Apache-2.0

using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Host.Images.Building;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Linux;

namespace Uaas.Cli.Images;

/// <summary><c>uaas build</c>: makes an image of a service and what it serves, or of each service of a <c>uaas.yaml</c>.</summary>
internal static class BuildCommand
{
    private static readonly Argument<string> Source = new("source") { Description = "The directory to serve, the project of a service of your own, a kernel, whoever built it, or a uaas.yaml: an image of each of its services" };
    private static readonly Option<string?> Name = new("--tag", "-t") { Description = "The image's name (default: the directory's); with a uaas.yaml, what goes before the services' names, and their tag", HelpName = "NAME[:TAG]" };
    private static readonly Option<string?> Content = new("--content") { Description = "The directory that a service of your own serves", HelpName = "DIR" };
    private static readonly Option<string> Service = new("--service") { Description = "The service that serves it", DefaultValueFactory = _ => "http" };
    private static readonly Option<string?> Configuration = new("--config") { Description = "The site's configuration (default: uaas-site.yaml in the content, if it is there)", HelpName = "FILE" };
    private static readonly Option<int?> Memory = new("--mem") { Description = "Memory of an instance in MiB (default: what the service needs)", HelpName = "MB" };
    private static readonly Option<string[]> Arguments = new("--arg") { Description = "A boot argument of every instance; may be given again", HelpName = "WORD" };

    internal static Command Create()
    {
        var command = new Command("build", "Makes an image, or one of each service of a uaas.yaml") { Source, Name, Service, Content, Configuration, Memory, Arguments };
        command.SetAction((arguments, _) => RunAsync(arguments));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments)
    {
        string source = Path.GetFullPath(arguments.GetRequiredValue(Source));
        if (DeploymentBuild.IsDeployment(source))
        {
            RefuseWhatTheFileSays(arguments);
            return await DeploymentBuild.RunAsync(source, arguments.GetValue(Name)).ConfigureAwait(false);
        }
        var reference = ImageReference.Parse(arguments.GetValue(Name) ?? DefaultName(source));
        await BuildAsync(ImageStore.ForThisUser(), reference, await PlanForAsync(source, arguments).ConfigureAwait(false)).ConfigureAwait(false);
        return ExitCode.Ok;
    }

    /// <summary>Makes an image and says so.</summary>
    internal static async Task BuildAsync(ImageStore store, ImageReference reference, BuildPlan plan)
    {
        StoredImage image = await TransferCommands.RunAsync((transfers, token) =>
            ImageBuilder.BuildAsync(store, reference, plan, warning => Console.Error.WriteLine($"uaas: {warning}"), transfers, token)).ConfigureAwait(false);
        await Console.Out.WriteLineAsync($"built {image.Reference} {image.Manifest.Digest}").ConfigureAwait(false);
    }

    private static async Task<BuildPlan> PlanForAsync(string source, ParseResult arguments)
    {
        var wishes = new BuildWishes
        {
            Content = arguments.GetValue(Content),
            Configuration = arguments.GetValue(Configuration),
            MemoryMebibytes = arguments.GetValue(Memory),
            Arguments = arguments.GetValue(Arguments) ?? [],
        };
        if (IsProject(source) && ServiceProject.Find(source) is { } project)
            return await BuildPlans.ForProjectAsync(project, wishes).ConfigureAwait(false);
        if (File.Exists(source))
            return BuildPlans.ForKernel(source, wishes);
        if (!Directory.Exists(source))
            throw new UaasException(Failure.Content, $"there is neither a directory nor a file {source}");
        string name = arguments.GetRequiredValue(Service);
        ServiceDescription service = ServiceCatalogue.Find(name)
            ?? throw new UaasException(Failure.Usage, $"there is no service {name}; there are: {string.Join(", ", ServiceCatalogue.All.Select(known => known.Name))}");
        return BuildPlans.ForService(service, wishes with { Content = source });
    }

    private static bool IsProject(string source) =>
        source.EndsWith(".csproj", StringComparison.Ordinal) || Directory.Exists(source) && Directory.EnumerateFiles(source, "*.csproj").Any();

    private static void RefuseWhatTheFileSays(ParseResult arguments)
    {
        Option[] others = [Service, Content, Configuration, Memory, Arguments];
        if (others.FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false }) is { } given)
            throw new UaasException(Failure.Usage, $"{given.Name} does not go with a uaas.yaml, which says that of each service", "write it there, or leave it out");
    }

    /// <summary>The directory's name, in the letters that an image's name may have.</summary>
    private static string DefaultName(string source)
    {
        string name = new([.. Path.GetFileNameWithoutExtension(source.TrimEnd('/')).ToLowerInvariant().Select(character => char.IsAsciiLetterOrDigit(character) ? character : '-')]);
        return name.Trim('-') is { Length: > 0 } usable ? usable : "image";
    }
}
