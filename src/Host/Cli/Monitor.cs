// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration.Yaml;
using Uaas.Instances;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>A way to run instances that can be asked for and judged: a monitor together with what carries out its guests' instructions.</summary>
/// <param name="Key">Its name in full: spt, hvt, qemu-kvm, qemu-tcg.</param>
/// <param name="Name">The monitor's name: spt, hvt, qemu.</param>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="NeedsKvm">Whether it is no use without a /dev/kvm at a processor's speed.</param>
internal sealed record Monitor(string Key, string Name, string Title, bool NeedsKvm)
{
    /// <summary>
    /// All, in the order of preference. A guest of hvt has a boundary that the processor enforces, and boots about as fast as one of spt; spt works
    /// on every Linux; QEMU takes ten times as long to start and forty times the memory, by translation yet more.
    /// </summary>
    internal static readonly IReadOnlyList<Monitor> ByPreference =
    [
        new("hvt", "hvt", "virtual machine, our tender", NeedsKvm: true),
        new("spt", "spt", "process in a seccomp sandbox, our tender", NeedsKvm: false),
        new("qemu-kvm", "qemu", "virtual machine, QEMU microvm", NeedsKvm: true),
        new("qemu-tcg", "qemu", "translated, QEMU microvm", NeedsKvm: false),
    ];

    /// <summary>The words that --vmm takes, and what each stands for.</summary>
    internal static readonly IReadOnlyList<(string Word, string Meaning)> Choices =
    [
        ("auto", "the best that works here"),
        ("spt", "a process in a seccomp sandbox"),
        ("hvt", "a virtual machine by KVM, our tender"),
        ("qemu", "a virtual machine by QEMU, with KVM or without"),
    ];

    /// <summary>What is wrong with a word that --vmm does not take; null where it takes it.</summary>
    internal static string? WhyNoChoice(string word)
    {
        IEnumerable<string> words = Choices.Select(choice => choice.Word);
        if (words.Contains(word))
            return null;
        string guess = NearestName.Of(word, words) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        string known = string.Join(", ", Choices.Select(choice => $"{choice.Word} ({choice.Meaning})"));
        return $"there is no monitor '{word}'.{guess} --vmm takes {known}; uaas doctor says which of them work here";
    }

    /// <summary>The driver that runs it.</summary>
    internal IMonitorDriver CreateDriver(Locations locations) => Key switch
    {
        "spt" => TenderDriver.Spt(locations.Tender(Name)),
        "hvt" => TenderDriver.Hvt(locations.Tender(Name)),
        "qemu-kvm" => new QemuDriver(QemuAcceleration.Kvm, locations.Tender("jail")),
        _ => new QemuDriver(QemuAcceleration.Tcg, locations.Tender("jail")),
    };

    /// <summary>The monitor of that key.</summary>
    internal static Monitor ByKey(string key) =>
        ByPreference.FirstOrDefault(monitor => monitor.Key == key) ?? throw new UaasException(Failure.Monitor, $"there is no monitor {key}");
}
