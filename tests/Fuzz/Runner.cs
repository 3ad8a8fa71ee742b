// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Fuzz;

/// <summary>An input that broke a promise.</summary>
/// <param name="Episode">The episode to replay.</param>
/// <param name="Input">The last input of it.</param>
/// <param name="Exception">What it threw.</param>
public sealed record FuzzFailure(long Episode, byte[] Input, Exception Exception);

/// <summary>Runs targets.</summary>
public static class Runner
{
    /// <summary>Inputs that one instance of a target gets.</summary>
    public const int EpisodeLength = 1_000;

    /// <summary>Runs a target on inputs made from a seed, from an episode on; stops at the first that fails.</summary>
    /// <param name="make">Makes the target.</param>
    /// <param name="count">Inputs, rounded up to whole episodes.</param>
    /// <param name="seed">Seed of all of them.</param>
    /// <param name="firstEpisode">The episode to begin with.</param>
    public static FuzzFailure? Run(Func<IFuzzTarget> make, long count, ulong seed, long firstEpisode = 0)
    {
        long episodes = (count + EpisodeLength - 1) / EpisodeLength;
        for (long episode = firstEpisode; episode < firstEpisode + episodes; episode++)
        {
            FuzzFailure? failure = RunEpisode(make(), seed, episode);
            if (failure != null) return failure;
        }

        return null;
    }

    private static FuzzFailure? RunEpisode(IFuzzTarget target, ulong seed, long episode)
    {
        Mutator mutator = new(target.Seeds, seed * 0x2545_F491_4F6C_DD1D + (ulong)episode * 0xD6E8_FEB8_6659_FD93);
        for (int i = 0; i < EpisodeLength; i++)
        {
            ReadOnlySpan<byte> input = mutator.Next();
            try
            {
                target.Run(input);
            }
            catch (Exception exception)
            {
                return new FuzzFailure(episode, input.ToArray(), exception);
            }
        }

        return null;
    }
}
