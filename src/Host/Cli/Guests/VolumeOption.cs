// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Uaas.Agent;
using Uaas.Configuration.Reading;
using Uaas.Instances;
using Uaas.Linux;
using Uaas.Volumes;

namespace Uaas.Cli.Guests;

/// <summary>Reads <c>--volume NAME=FILE[:SIZE]</c>.</summary>
internal static class VolumeOption
{
    private const long DefaultBytes = 1L << 30;

    /// <exception cref="UaasException">It is none, or the file has more bytes than it is to have.</exception>
    internal static GuestBlock Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == text.Length - 1)
            throw new UaasException(Failure.Usage, $"--volume takes NAME=FILE or NAME=FILE:SIZE, not '{text}'");
        string name = text[..equals];
        string path = text[(equals + 1)..];
        int colon = path.LastIndexOf(':');
        long? size = null;
        if (colon > 0)
        {
            // A colon in a path is one, where no size follows.
            string last = path[(colon + 1)..];
            size = Values.Bytes(last);
            if (size is null && char.IsAsciiDigit(last.FirstOrDefault()) && !last.Contains('/', StringComparison.Ordinal) && !File.Exists(path))
                throw new UaasException(Failure.Usage, $"--volume {text}: '{last}' is no size", "write it as 64MiB or 10GiB; a path that ends so is meant where its file is there");
            path = size is null ? path : path[..colon];
        }
        if (size < VolumeFile.MinBytes)
            throw new UaasException(Failure.Usage, $"--volume {text}: a volume has at least 1MiB");
        var file = new FileInfo(path);
        if (Directory.Exists(path))
            throw new UaasException(Failure.Usage, $"--volume {text}: {path} is a directory", "name a file in it");
        if (file.Exists && size is { } asked && file.Length > VolumeFile.RoundUp(asked))
            throw new UaasException(Failure.Usage, $"--volume {text}: {path} has {file.Length} bytes, and is not cut to {asked}: what is in it could be lost", "leave the size out, or give a larger one");
        return new GuestBlock(name, file.FullName, size ?? (file.Exists ? Math.Max(file.Length, VolumeFile.MinBytes) : DefaultBytes));
    }
}

/// <summary>The volumes of a node that <c>uaas run</c> runs, open for as long as it runs.</summary>
internal sealed class RunVolumes : IDisposable
{
    private readonly List<VolumeFile> _files = [];
    private readonly List<BlockAttachment> _attachments = [];

    private RunVolumes()
    {
    }

    /// <summary>The devices.</summary>
    internal IReadOnlyList<BlockAttachment> Attachments => _attachments;

    /// <summary>Opens them.</summary>
    /// <exception cref="UaasException">Somebody else has one, or it cannot be made or opened.</exception>
    internal static RunVolumes Open(GuestSetup guest)
    {
        var volumes = new RunVolumes();
        try
        {
            foreach (GuestBlock block in guest.Blocks.Where(block => block.VolumeBytes > 0))
            {
                var file = VolumeFile.Open(block.Path, block.VolumeBytes);
                volumes._files.Add(file);
                volumes._attachments.Add(BlockDevices.Of(block.Name, file, guest.Kernel));
            }
            return volumes;
        }
        catch
        {
            volumes.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (VolumeFile file in _files)
        {
            VolumeFile.Synchronize(file.Path);
            file.Dispose();
        }
    }
}
