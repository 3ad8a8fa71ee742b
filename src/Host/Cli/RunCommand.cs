// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Uaas.Agent;
using Uaas.Cli.Guests;
using Uaas.Instances;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary><c>uaas run SERVICE</c>: serves a directory by instances of a service until it is told to stop.</summary>
internal static class RunCommand
{
    private const int DefaultPort = 8080;
    private const int MaxInstances = 1000;

    private static readonly Argument<string> Service = new("service")
    {
        Description = $"The service to run: {string.Join(", ", ServiceCatalogue.All.Select(service => $"{service.Name} ({service.Title})"))}; an image; the directory of a project of your own; or a kernel, whoever built it",
    };
    private static readonly Option<string?> Content = new("--content") { Description = "The directory to serve", HelpName = "DIR" };
    private static readonly Option<string?> Configuration = new("--config") { Description = "The site's configuration (default: uaas-site.yaml in the content, if it is there)", HelpName = "FILE" };
    private static readonly Option<string> Vmm = new("--vmm") { Description = "The monitor; auto takes the best that works here (see uaas doctor)", DefaultValueFactory = _ => "auto" };
    private static readonly Option<int> Instances = new("--instances") { Description = "How many instances share the requests", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Port = new("--port") { Description = "The port to serve on; 0 takes any that is free", DefaultValueFactory = _ => DefaultPort };
    private static readonly Option<string> Listen = new("--listen") { Description = "The address to serve on", DefaultValueFactory = _ => "127.0.0.1", HelpName = "ADDRESS" };
    private static readonly Option<int?> Memory = new("--mem") { Description = "Memory of each instance in MiB (default: what the service needs)", HelpName = "MB" };
    private static readonly Option<string[]> Arguments = new("--arg") { Description = "A boot argument of every instance; may be given again", HelpName = "WORD" };
    private static readonly Option<int> ManagementPort = new("--management-port") { Description = "A port for /healthz, /metrics and what else the first instance's management port has; 0 takes any that is free", HelpName = "PORT" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Do not show what the instances print" };

    private static readonly ServicePort Management = new(ManagementPort, GuestPort: 9090, Scheme: "http", Path: "/") { Label = "management" };

    /// <summary>The options that some services take and others do not.</summary>
    private static IEnumerable<Option> SpecialOptions =>
        [.. ServiceCatalogue.Ports.Select(port => port.Option), .. ServiceCatalogue.Options.Select(option => option.Option)];

    internal static Command Create()
    {
        Vmm.CompletionSources.Add([.. Monitor.Choices.Select(choice => choice.Word)]);
        Vmm.Validators.Add(result =>
        {
            if (result.Tokens is [var word] && Monitor.WhyNoChoice(word.Value) is { } wrong)
                result.AddError(wrong);
        });
        RequireRange(Instances, 1, MaxInstances);
        RequireRange(Port, 0, ushort.MaxValue);
        RequireRange(ManagementPort, 0, ushort.MaxValue);
        foreach (ServicePort port in ServiceCatalogue.Ports)
            RequireRange(port.Option, 0, ushort.MaxValue);
        RequireRange(Memory, InstanceSpec.MinMemoryMebibytes, InstanceSpec.MaxMemoryMebibytes);
        Listen.Validators.Add(result =>
        {
            if (!IPAddress.TryParse(result.GetValueOrDefault<string>(), out _))
                result.AddError($"--listen takes an IP address, not '{result.GetValueOrDefault<string>()}'");
        });
        var command = new Command("run", "Serves a directory by unikernels until Ctrl-C") { Service, Content, Configuration, Vmm, Instances, Port, Listen, Memory, Arguments, ManagementPort, Quiet };
        foreach (Option option in SpecialOptions.Concat(GuestOptions.All))
            command.Add(option);
        command.SetAction((arguments, _) => RunAsync(arguments));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments)
    {
        var locations = Locations.Find();
        using RunTarget target = await RunTarget.ResolveAsync(arguments.GetRequiredValue(Service), locations).ConfigureAwait(false);
        ServiceDescription service = target.Service;
        RequireWhatFits(service, arguments);
        RequireContent(arguments);
        int memory = arguments.GetValue(Memory) ?? service.MemoryMebibytes;
        RequireMemory(memory);

        var address = new IPEndPoint(IPAddress.Parse(arguments.GetValue(Listen)!), arguments.GetValue(Port));
        Socket listener = NodeLauncher.Listen(address);
        var ports = service.Ports.Select(port => (port, NodeLauncher.Listen(new IPEndPoint(address.Address, arguments.GetValue(port.Option)), port.Option.Name))).ToList();
        // Whoever reaches it may drain the instance: it stays on this machine whatever address the site is served on.
        if (arguments.GetResult(ManagementPort) is not null)
            ports.Add((Management, NodeLauncher.Listen(new IPEndPoint(IPAddress.Loopback, arguments.GetValue(ManagementPort)), ManagementPort.Name)));
        if (NodeLauncher.FindLackingPrivilege() is { } lacking)
            throw lacking;
        var choice = new MonitorChoice(Doctor.ForThisMachine(locations), DoctorCache.ForThisUser(), DoctorCache.KeyFor(locations));
        Monitor monitor = await choice.ChooseAsync(arguments.GetValue(Vmm)!, candidate => target.Has(candidate.CreateDriver(locations).ImageKind)).ConfigureAwait(false);
        string kind = monitor.CreateDriver(locations).ImageKind;
        await target.VerifyAsync(kind).ConfigureAwait(false);
        GuestSetup guest = GuestOptions.Read(arguments, target.KernelFor(kind), service.Content == ContentUse.None ? [] : [ContentImage.DeviceName]);
        if (guest.Blocks.Any(block => block.VolumeBytes > 0) && arguments.GetValue(Instances) != 1)
            throw new UaasException(Failure.Usage, "one instance has a volume at a time: leave --instances out, or --volume");
        using var node = NodeLauncher.Start(listener, new NodeOptions
        {
            Service = service.Name,
            Image = target.ImageFor(kind),
            Guest = guest,
            Monitor = monitor.Key,
            Content = FullPath(arguments.GetValue(Content)),
            PackedContent = target.PackedContent,
            TakesNoContent = service.Content == ContentUse.Optional,
            IndexesFilms = service.IndexesFilms,
            Configuration = FullPath(arguments.GetValue(Configuration)),
            Instances = arguments.GetValue(Instances),
            MemoryMebibytes = memory,
            Arguments = [.. target.Arguments, .. BootWords(service, arguments)],
            Quiet = arguments.GetValue(Quiet),
        }, ports);
        using var signals = new StopSignals(node.Stop);
        return await node.Ended.ConfigureAwait(false);
    }

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);

    /// <summary>The boot arguments that people give: those of --arg, and those that options of the service's own stand for.</summary>
    private static IEnumerable<string> BootWords(ServiceDescription service, ParseResult arguments)
    {
        foreach (string word in arguments.GetValue(Arguments) ?? [])
            yield return word;
        foreach (ServiceOption option in service.Options)
        {
            if (arguments.GetValue(option.Option) is { } value)
                yield return BootArguments.Word(option.Key, value);
        }
    }

    /// <summary>Refuses what the service has no use for, and the lack of what it needs.</summary>
    private static void RequireWhatFits(ServiceDescription service, ParseResult arguments)
    {
        bool hasContent = arguments.GetValue(Content) is not null;
        if (service.Content == ContentUse.None && hasContent)
            throw new UaasException(Failure.Usage, $"{service.Name} serves no content: leave --content out");
        if (service.Content == ContentUse.Required && !hasContent)
            throw new UaasException(Failure.Usage, $"{service.Name} needs the directory to serve: --content DIR");
        if (service.OnlyOneBecause is { } reason && arguments.GetValue(Instances) != 1)
            throw new UaasException(Failure.Usage, $"{service.Name} runs as one instance: {reason}");
        IEnumerable<Option> own = [.. service.Ports.Select(port => port.Option), .. service.Options.Select(option => option.Option)];
        if (SpecialOptions.Except(own).FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false }) is { } alien)
            throw new UaasException(Failure.Usage, $"{service.Name} takes no {alien.Name}");
    }

    private static void RequireContent(ParseResult arguments)
    {
        if (arguments.GetValue(Content) is { } content && !Directory.Exists(content))
        {
            throw new UaasException(Failure.Content, File.Exists(content) ? $"{content} is a file, not a directory" : $"there is no directory {content}",
                "name the directory to serve: --content DIR");
        }
        if (arguments.GetValue(Configuration) is { } configuration && !File.Exists(configuration))
            throw new UaasException(Failure.Content, $"there is no configuration {configuration}", "name the file: --config FILE, or leave the option out");
    }

    private static void RequireRange(Option option, int least, int most) => option.Validators.Add(result =>
    {
        // A value that is no number has its own message.
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && (value < least || value > most))
            result.AddError($"{option.Name} is from {least} to {most}, not {value}");
    });

    private static void RequireMemory(int mebibytes)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20;
        if (mebibytes > available)
            throw new UaasException(Failure.Memory, $"--mem {mebibytes}: this machine, or this cgroup, has {available} MiB", "give less with --mem");
    }
}
