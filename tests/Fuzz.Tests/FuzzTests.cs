// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using Xunit;

namespace Uaas.Fuzz.Tests;

/// <summary>Each fuzz target runs briefly; at length by the command of <c>tests/Fuzz</c>.</summary>
public sealed class FuzzTests
{
    private const int Inputs = 1_000;

    public static TheoryData<string> Names => [.. Targets.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_input_does_harm(string target)
    {
        FuzzFailure? failure = Runner.Run(Targets.All[target], Inputs, seed: 1);
        Assert.True(failure == null, failure == null ? "" : $"episode {failure.Episode}, input {Convert.ToHexString(failure.Input)}: {failure.Exception}");
    }

    [Fact]
    public void The_same_seed_makes_the_same_inputs_and_another_makes_others()
    {
        byte[][] seeds = [[1, 2, 3], new byte[100]];
        byte[][] Make(ulong seed)
        {
            Mutator mutator = new(seeds, seed);
            return [.. Enumerable.Range(0, 50).Select(_ => mutator.Next().ToArray())];
        }

        Assert.Equal(Make(5), Make(5));
        Assert.NotEqual(Make(5), Make(6));
    }
}
