// SPDX-License-Identifier: Apache-2.0

using Uaas.Instances.Confinement;
using Xunit;

namespace Uaas.Host.Tests.Confinement;

/// <summary>Which users instances are run as.</summary>
public sealed class UserTests
{
    private const string Everybody = "         0          0 4294967295";

    [Fact]
    public void Root_gives_each_instance_a_user_that_nobody_else_has()
    {
        InstanceUsers users = InstanceUsers.Choose([Everybody], [Everybody], null)!;
        Assert.Equal(1_900_000_000u, users.First);
        Assert.Equal(1_900_000_007u, users.Of(7));
        Assert.Equal(1_900_064_999u, users.Of(64_999));
        Assert.Null(users.Of(65_536));
    }

    [Fact]
    public void Another_first_user_can_be_named()
    {
        Assert.Equal(700_000u, InstanceUsers.Choose([Everybody], [Everybody], 700_000)!.Of(0));
        Assert.Null(InstanceUsers.Choose(["0 1000 1", "1 100000 65536"], ["0 1000 1", "1 100000 65536"], 700_000));
    }

    [Fact]
    public void An_ordinary_user_gives_them_the_subordinates_that_it_has()
    {
        Assert.Equal(new InstanceUsers(1, 65_536), InstanceUsers.Choose(["0 1000 1", "1 100000 65536"], ["0 1000 1", "1 100000 65536"], null));
        Assert.Null(InstanceUsers.Choose(["0 1000 1"], ["0 1000 1"], null));
        Assert.Null(InstanceUsers.Choose(["0 1000 1", "1 100000 65536"], ["0 1000 1"], null));
    }

    [Theory]
    [InlineData("Name:\tuaas\nNoNewPrivs:\t1\nSeccomp:\t2", true)]
    [InlineData("Name:\tuaas\nNoNewPrivs:\t0\nSeccomp:\t0", false)]
    [InlineData("", false)]
    public void Who_may_gain_no_privilege_has_no_subordinates(string status, bool isBarred) => Assert.Equal(isBarred, SubordinateUsers.Bars(status.Split('\n')));

    [Theory]
    [InlineData("", "", "100000-165535")]
    [InlineData("ann:100000:65536", "ann:100000:65536", "165536-231071")]
    [InlineData("ann:100000:65536\nbob:165536:65536\nnonsense", "ann:100000:65536\ncy:300000:10", "300010-365545")]
    public void Subordinates_that_are_advised_are_nobody_elses_yet(string users, string groups, string range) =>
        Assert.Contains($"--add-subuids {range} --add-subgids {range} ", SubordinateUsers.Advise(users.Split('\n'), groups.Split('\n')), System.StringComparison.Ordinal);
}
