// SPDX-License-Identifier: Apache-2.0

using System;
using Xunit;

namespace Uaas.Services.Tests.Attacks;

/// <summary>One instance on one monitor that the attacks of a class are made on, one after the other: none may leave a mark.</summary>
/// <param name="monitor">Key of the monitor.</param>
public abstract class Victim(string monitor) : IDisposable
{
    private readonly Lazy<AttackedSite> _site = new(() => new AttackedSite(monitor));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_site.IsValueCreated) _site.Value.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Attacks, and sees that the guest serves as before and has no more memory than it may.</summary>
    internal void Withstand(string attack)
    {
        try
        {
            Attack.All[attack](_site.Value);
        }
        finally
        {
            _site.Value.CloseAll();
        }

        _site.Value.AssertWell();
    }
}

/// <summary>The victim on spt.</summary>
public sealed class SptVictim() : Victim("spt");

/// <summary>The victim on hvt.</summary>
public sealed class HvtVictim() : Victim("hvt");

/// <summary>The victim on QEMU's translator.</summary>
public sealed class QemuVictim() : Victim("qemu-tcg");

/// <summary>Attacks on the http service on our spt tender.</summary>
public sealed class AttackOnSptTests(SptVictim victim) : IClassFixture<SptVictim>
{
    public static TheoryData<string> Attacks => [.. Attack.All.Keys];

    [MonitorTheory("spt")]
    [MemberData(nameof(Attacks))]
    public void Withstands(string attack) => victim.Withstand(attack);
}

/// <summary>Attacks on the http service on our hvt tender.</summary>
public sealed class AttackOnHvtTests(HvtVictim victim) : IClassFixture<HvtVictim>
{
    public static TheoryData<string> Attacks => [.. Attack.All.Keys];

    [MonitorTheory("hvt")]
    [MemberData(nameof(Attacks))]
    public void Withstands(string attack) => victim.Withstand(attack);
}

/// <summary>Attacks on the http service on QEMU's translator.</summary>
public sealed class AttackOnQemuTests(QemuVictim victim) : IClassFixture<QemuVictim>
{
    public static TheoryData<string> Attacks => [.. Attack.All.Keys];

    [MonitorTheory("qemu-tcg")]
    [MemberData(nameof(Attacks))]
    public void Withstands(string attack) => victim.Withstand(attack);
}
