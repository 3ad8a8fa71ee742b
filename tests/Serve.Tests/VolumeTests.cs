// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Uaas.Host.Tests;
using Uaas.Master.Api;
using Uaas.Master.Deploying;

namespace Uaas.Serve.Tests;

/// <summary>Volumes of services that <c>uaas up</c> keeps, with real unikernels.</summary>
[Trait("Needs", "namespaces, the flv image")]
public sealed class VolumeTests
{
    [ServiceFact]
    public async Task A_volume_outlives_instances_revisions_daemons_and_its_service_until_it_is_removed()
    {
        await using Served served = await Served.StartAsync("min: 0", Video("32MiB"));
        VolumeView volume = await UntilAsync(served, "in use");
        Assert.Equal((32L << 20, 32L << 20), (volume.SizeBytes, volume.ClaimedBytes));
        Assert.Equal(27, (await served.RunAsync("volume", "rm", "video/recordings")).Code);

        // A smaller one is refused whole; a larger one is rolled out, and the file is the same.
        (int code, _, string errors) = await served.ApplyAsync("min: 0", "<p>from zero", Video("16MiB"));
        Assert.Equal(23, code);
        Assert.Contains("is not cut", errors, StringComparison.Ordinal);
        (code, string output, errors) = await served.ApplyAsync("min: 0", "<p>from zero", Video("48MiB"));
        Assert.True(code == 0, errors);
        Assert.Contains("updated video", output, StringComparison.Ordinal);
        await served.UntilAsync(instances => instances.Any(one => one is { Service: "video", Revision: 2, State: "running" }) && !instances.Any(one => one is { Service: "video", Revision: 1 }));
        volume = await UntilAsync(served, "in use");
        Assert.Equal((48L << 20, volume.Path), (volume.SizeBytes, volume.Path));

        // An agent that dies takes the instance along, and the next one has the volume again.
        Served.Kill(await served.ProcessAsync("serve-agent"));
        await served.UntilAsync(instances => instances.Any(one => one is { Service: "video", State: "running" }));
        await UntilAsync(served, "in use");

        // Without its service it stays, until somebody says otherwise.
        Assert.Equal(0, (await served.RunAsync("delete", "video")).Code);
        Assert.Equal(48L << 20, (await UntilAsync(served, "unused")).SizeBytes);
        (code, output, _) = await served.RunAsync("volume", "ls");
        Assert.Equal(0, code);
        Assert.Matches("default +video/recordings +unused +48.00", output);
        Assert.Equal(0, (await served.RunAsync("volume", "rm", "video/recordings")).Code);
        Assert.Equal(25, (await served.RunAsync("volume", "inspect", "video/recordings")).Code);
        Assert.False(File.Exists(volume.Path));
    }

    [ServiceFact]
    public async Task What_was_recorded_is_played_after_a_kill_a_rollout_and_a_new_daemon()
    {
        await using Served served = await Served.StartAsync("min: 0", Video("32MiB", "record=all"));
        byte[] film = Film();
        using (HttpResponseMessage posted = await served.Client.PostAsync(new Uri(served.Url, "/live/show.flv"), new ByteArrayContent(film)))
            Assert.Equal(HttpStatusCode.NoContent, posted.StatusCode);
        (_, byte[] recorded) = await PlayAsync(served);
        Assert.Equal(film[13..], recorded[^(film.Length - 13)..]);

        Served.Kill(served.Processes().Single(process => process.Name == "uaas-spt"));
        Assert.Equal(recorded, (await PlayAsync(served)).File);
        Assert.Equal(0, (await served.ApplyAsync("min: 0", "<p>from zero", Video("48MiB", "full=oldest"))).Code);
        await served.UntilAsync(instances => instances.Any(one => one is { Service: "video", Revision: 2, State: "running" }));
        Assert.Equal(recorded, (await PlayAsync(served)).File);
        await served.RestartAsync();
        Assert.Equal(recorded, (await PlayAsync(served)).File);
    }

    [ServiceFact]
    public async Task A_device_that_the_image_does_not_have_is_refused_before_anything_changes()
    {
        await using Served served = await Served.StartAsync("min: 0");
        (int code, _, string errors) = await served.ApplyAsync("min: 0", "<p>from zero", "  video: { image: flv, route: none, volumes: { data: 4MiB } }");
        Assert.Equal(23, code);
        Assert.Contains("no block device 'data' to write to; it has: recordings", errors, StringComparison.Ordinal);
        Assert.Empty(await VolumesAsync(served));
    }

    private static string Video(string size, string argument = "record=request") => $$"""
          video:
            image: flv
            vmm: spt
            route: [ /live, /recordings ]
            scale: { min: 1 }
            args: [ {{argument}} ]
            volumes: { recordings: {{size}} }
        """;

    /// <summary>The one recording that there is, once it is complete.</summary>
    private static async Task<(string Name, byte[] File)> PlayAsync(Served served)
    {
        for (int attempt = 0; attempt < 500; attempt++)
        {
            // A connection to an instance that is being killed may break.
            if (await TryListAsync(served) is { } list && list["recordings"]!.AsArray() is [{ } one] && (string)one["state"]! == "complete")
                return ((string)one["name"]!, await served.Client.GetByteArrayAsync(new Uri(served.Url, $"/recordings/{one["name"]}")));
            await Task.Delay(20);
        }
        throw new TimeoutException($"there is no recording: {await TryListAsync(served)}\n{served.Log}\n{(await served.RunAsync("logs", "video")).Output}");
    }

    private static async Task<JsonNode?> TryListAsync(Served served)
    {
        try
        {
            return JsonNode.Parse(await served.Client.GetStringAsync(new Uri(served.Url, "/recordings/")));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>A film of a configuration, a key frame and 49 other pictures.</summary>
    private static byte[] Film() =>
    [
        .. "FLV\x01\x01\0\0\0\x09\0\0\0\0"u8, .. Tag(0, [0x17, 0, 0, 0, 0, 1, 2, 3]), .. Tag(0, Picture(0x17, 9000, 0)), .. Enumerable.Range(1, 49).SelectMany(i => Tag(i * 40, Picture(0x27, 700, i))),
    ];

    private static byte[] Picture(byte first, int size, int seed)
    {
        byte[] body = new byte[size];
        new Random(seed).NextBytes(body);
        ReadOnlySpan<byte> header = [first, 1, 0, 0, 0];
        header.CopyTo(body);
        return body;
    }

    private static byte[] Tag(int time, byte[] body) =>
    [
        9, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, (byte)(time >> 16), (byte)(time >> 8), (byte)time, 0, 0, 0, 0,
        .. body, 0, 0, (byte)(body.Length + 11 >> 8), (byte)(body.Length + 11),
    ];

    private static Task<IReadOnlyList<VolumeView>> VolumesAsync(Served served) => served.Api.GetAsync("volumes", ApiJson.Default.IReadOnlyListVolumeView);

    private static async Task<VolumeView> UntilAsync(Served served, string state)
    {
        for (int attempt = 0; attempt < 500; attempt++)
        {
            VolumeView volume = Assert.Single(await VolumesAsync(served));
            if (volume.State == state)
                return volume;
            await Task.Delay(20);
        }
        throw new TimeoutException($"the volume is not {state}\n{served.Log}");
    }
}
