// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Net.Testing;
using Xunit;

namespace Uaas.Services.Tests.Video;

/// <summary>A test that publishes and plays by the real ffmpeg. Skipped by name where it is not installed, or the service cannot be booted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FfmpegFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public FfmpegFactAttribute(string monitor = "spt") => Skip = File.Exists(Ffmpeg.Program) ? MonitorRequirement.FindObstacle(monitor) : "needs ffmpeg";
}

/// <summary>A packet as ffmpeg tells it.</summary>
/// <param name="DecodingTime">In the stream's unit.</param>
/// <param name="Hash">MD5 of its bytes.</param>
internal sealed record HashedPacket(long DecodingTime, string Hash);

/// <summary>Runs ffmpeg.</summary>
internal static class Ffmpeg
{
    internal const string Program = "/usr/bin/ffmpeg";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    /// <summary>Makes a film of a test picture with B-frames and a tone.</summary>
    internal static Task<string> MakeFilmAsync(string path, int seconds, int keyEvery, string also = "") => RunAsync(
        null,
        $"-f lavfi -i testsrc=size=320x240:rate=25:duration={seconds} -f lavfi -i sine=frequency=440:duration={seconds} -c:v libx264 -preset ultrafast -bf 2 -g {keyEvery} -sc_threshold 0 -pix_fmt yuv420p -c:a aac {also} -f flv {path}");

    /// <summary>The pictures of an input, in the order in which they are decoded.</summary>
    internal static async Task<List<HashedPacket>> PicturesAsync(NetworkNamespace? network, string input, string options = "", string stream = "0:v", string inputOptions = "") => [..
        (await RunAsync(network, $"{inputOptions} -copyts -i {input} -map {stream} -c copy {options} -f framemd5 -"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .Select(line => line.Split(',', StringSplitOptions.TrimEntries))
            .Select(fields => new HashedPacket(long.Parse(fields[1], CultureInfo.InvariantCulture), fields[5]))];

    /// <summary>Runs ffmpeg in a namespace; returns what it prints.</summary>
    internal static async Task<string> RunAsync(NetworkNamespace? network, string arguments, bool succeeds = true)
    {
        ProcessStartInfo start = new(Program, $"-hide_banner -loglevel error -nostdin -y {arguments}") { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = network is null ? Process.Start(start)! : network.Run(() => Process.Start(start)!);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(s_patience);
            Assert.True(succeeds == (process.ExitCode == 0), $"ffmpeg {arguments}: exit {process.ExitCode}: {await errors}");
            return await output;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
