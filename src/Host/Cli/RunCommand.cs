// SPDX-License-Identifier: Apache-2.0

using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using Uaas.Instances;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary><c>uaas run SERVICE</c>: serves a directory by instances of a service until it is told to stop.</summary>
internal static class RunCommand
{
    private const int DefaultPort = 8080;
    private const int DefaultRtmpPort = 1935;
    private const string Video = "flv";
    private const int DefaultMemoryMebibytes = 32;
    private const int VideoMemoryMebibytes = 64;
    private const int MaxInstances = 1000;

    private static readonly Argument<string> Service = new("service") { Description = "The service to run: http (a site), flv (live video)" };
    private static readonly Option<string?> Content = new("--content") { Description = "The directory to serve; http needs one", HelpName = "DIR" };
    private static readonly Option<string?> Configuration = new("--config") { Description = "The site's configuration (default: uaas-site.yaml in the content, if it is there)", HelpName = "FILE" };
    private static readonly Option<string> Vmm = new("--vmm") { Description = "The monitor; auto takes the best that works here (see uaas doctor)", DefaultValueFactory = _ => "auto" };
    private static readonly Option<int> Instances = new("--instances") { Description = "How many instances share the requests", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Port = new("--port") { Description = "The port to serve on; 0 takes any that is free", DefaultValueFactory = _ => DefaultPort };
    private static readonly Option<int> RtmpPort = new("--rtmp-port") { Description = "The port that flv takes RTMP on; 0 takes any that is free", DefaultValueFactory = _ => DefaultRtmpPort };
    private static readonly Option<string> Listen = new("--listen") { Description = "The address to serve on", DefaultValueFactory = _ => "127.0.0.1", HelpName = "ADDRESS" };
    private static readonly Option<int> Memory = new("--mem") { Description = "Memory of each instance in MiB", DefaultValueFactory = _ => DefaultMemoryMebibytes, HelpName = "MB" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Do not show what the instances print" };

    internal static Command Create()
    {
        Vmm.AcceptOnlyFromAmong(Monitor.Choices);
        RequireRange(Instances, 1, MaxInstances);
        RequireRange(Port, 0, ushort.MaxValue);
        RequireRange(RtmpPort, 0, ushort.MaxValue);
        RequireRange(Memory, InstanceSpec.MinMemoryMebibytes, InstanceSpec.MaxMemoryMebibytes);
        Listen.Validators.Add(result =>
        {
            if (!IPAddress.TryParse(result.GetValueOrDefault<string>(), out _))
                result.AddError($"--listen takes an IP address, not '{result.GetValueOrDefault<string>()}'");
        });
        var command = new Command("run", "Serves a directory by unikernels until Ctrl-C") { Service, Content, Configuration, Vmm, Instances, Port, RtmpPort, Listen, Memory, Quiet };
        command.Validators.Add(RequireWhatTheServiceNeeds);
        command.SetAction((arguments, _) => RunAsync(arguments));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments)
    {
        string? content = arguments.GetValue(Content);
        if (content is not null && !Directory.Exists(content))
        {
            throw new UaasException(Failure.Content, File.Exists(content) ? $"{content} is a file, not a directory" : $"there is no directory {content}",
                "name the directory to serve: --content DIR");
        }
        if (arguments.GetValue(Configuration) is { } configuration && !File.Exists(configuration))
            throw new UaasException(Failure.Content, $"there is no configuration {configuration}", "name the file: --config FILE, or leave the option out");
        bool isVideo = arguments.GetRequiredValue(Service) == Video;
        int memory = isVideo && arguments.GetResult(Memory) is not { Implicit: false } ? VideoMemoryMebibytes : arguments.GetValue(Memory);
        RequireMemory(memory);

        var address = new IPEndPoint(IPAddress.Parse(arguments.GetValue(Listen)!), arguments.GetValue(Port));
        Socket listener = NodeLauncher.Listen(address);
        Socket? rtmpListener = isVideo ? NodeLauncher.Listen(new IPEndPoint(address.Address, arguments.GetValue(RtmpPort))) : null;
        if (NodeLauncher.FindLackingPrivilege() is { } lacking)
            throw lacking;
        var locations = Locations.Find();
        var choice = new MonitorChoice(Doctor.ForThisMachine(locations), DoctorCache.ForThisUser(), DoctorCache.KeyFor(locations));
        Monitor monitor = await choice.ChooseAsync(arguments.GetValue(Vmm)!).ConfigureAwait(false);
        string service = arguments.GetRequiredValue(Service);
        locations.ExistingImage(service, monitor.CreateDriver(locations).ImageKind);
        using var node = NodeLauncher.Start(listener, new NodeOptions
        {
            Service = service,
            Monitor = monitor.Key,
            Content = content is null ? null : Path.GetFullPath(content),
            Configuration = arguments.GetValue(Configuration) is { } file ? Path.GetFullPath(file) : null,
            Instances = arguments.GetValue(Instances),
            MemoryMebibytes = memory,
            Quiet = arguments.GetValue(Quiet),
        }, rtmpListener);
        using var signals = new StopSignals(node.Stop);
        return await node.Ended.ConfigureAwait(false);
    }

    private static void RequireWhatTheServiceNeeds(CommandResult result)
    {
        if (result.GetResult(Service) is not { Tokens: [{ Value: var service }] })
            return;
        bool hasContent = result.GetResult(Content) is { Implicit: false };
        if (service == Video && hasContent)
            result.AddError("flv serves no content: leave --content out");
        if (service == Video && result.GetResult(Instances) is { Implicit: false, Tokens: [{ Value: not "1" }] })
            result.AddError("flv runs as one instance: a stream lives where it is published");
        if (service != Video && !hasContent)
            result.AddError($"{service} needs the directory to serve: --content DIR");
    }

    private static void RequireRange(Option<int> option, int least, int most) => option.Validators.Add(result =>
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
