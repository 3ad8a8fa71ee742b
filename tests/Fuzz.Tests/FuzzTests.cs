// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using Uaas.Fuzz.Imaging;
using Uaas.Imaging.Testing;
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
    public void Every_file_of_the_corpora_is_a_picture_and_short_enough_to_be_mutated_whole()
    {
        ImageBed bed = new();
        byte[][] files = [.. JpegCorpus.Make(), .. PngCorpus.Make(), .. PngCorpus.MakeRows().Select(rows => PngCorpus.FromRows(rows)), .. WebPCorpus.Make(), .. GifCorpus.Make()];
        Assert.InRange(files.Length, 60, 200);
        Assert.All(files, file => Assert.InRange(file.Length, 30, Mutator.MaximumLength));
        Assert.All(files.Select((file, index) => (index, file)), one => Assert.True(bed.Run(one.file), $"file {one.index}"));
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
