// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Uaas.Linux;
using Uaas.Protocol.Agent;
using Uaas.Volumes;

namespace Uaas.Agent;

/// <summary>
/// The volumes of one instance, open for as long as it takes to start it: its monitor inherits them, and the locks on them, so that they are free again when
/// the monitor has ended, however it ended.
/// </summary>
internal sealed class InstanceVolumes : IDisposable
{
    private readonly List<VolumeFile> _files = [];
    private readonly List<BlockAttachment> _attachments = [];

    private InstanceVolumes()
    {
    }

    /// <summary>The devices.</summary>
    internal IReadOnlyList<BlockAttachment> Attachments => _attachments;

    /// <summary>Opens the volumes among a template's devices; makes those that are not there.</summary>
    /// <exception cref="UaasException">Another instance has one, or it cannot be made or opened.</exception>
    internal static InstanceVolumes Open(IEnumerable<TemplateBlock> blocks, KernelFile kernel)
    {
        var volumes = new InstanceVolumes();
        try
        {
            foreach (TemplateBlock block in blocks.Where(block => block.VolumeBytes > 0))
            {
                var file = VolumeFile.Open(block.Path, block.VolumeBytes);
                volumes._files.Add(file);
                volumes._attachments.Add(BlockDevices.Of(block.Name, file, kernel));
            }
            return volumes;
        }
        catch
        {
            volumes.Dispose();
            throw;
        }
    }

    /// <summary>Has what an instance wrote put where it survives a loss of power, when the instance has ended.</summary>
    internal void SynchronizeAfter(IInstance instance)
    {
        if (_files.Count > 0)
            _ = SynchronizeAsync(instance, [.. _files.Select(file => file.Path)]);
    }

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static async Task SynchronizeAsync(IInstance instance, string[] paths)
    {
        await instance.WaitAsync().ConfigureAwait(false);
        await Task.Run(() => Array.ForEach(paths, VolumeFile.Synchronize)).ConfigureAwait(false);
    }
}

/// <summary>Block devices as guests want them.</summary>
public static class BlockDevices
{
    // What others built may know no blocks but of the usual size.
    private const int SectorSizeOfOthers = 512;

    private static readonly Lazy<UnnamedFile> Nothing = new(MakeNothing);

    /// <summary>A volume as a device.</summary>
    public static BlockAttachment Of(string device, VolumeFile file, KernelFile kernel) =>
        new(device, file.Path, kernel.IsOurs ? VolumeFile.SectorSize : SectorSizeOfOthers, file.Descriptor, IsWritable: true);

    /// <summary>
    /// A tender starts no guest without all of the devices that it declares. One of ours that does without a volume gets a read-only device of one empty
    /// block in its place.
    /// </summary>
    public static IReadOnlyList<BlockAttachment> Complete(List<BlockAttachment> blocks, KernelFile kernel)
    {
        if (!kernel.IsOurs || kernel.Format is not (KernelFormat.Spt or KernelFormat.Hvt))
            return blocks;
        foreach (string missing in kernel.Blocks.Except(blocks.Select(block => block.Name)).ToList())
            blocks.Add(new BlockAttachment(missing, Nothing.Value.Path, SectorSizeOfOthers, Nothing.Value.Descriptor));
        return blocks;
    }

    private static UnnamedFile MakeNothing()
    {
        var file = UnnamedFile.Create(System.IO.Path.GetTempPath());
        System.IO.RandomAccess.SetLength(file.Descriptor, SectorSizeOfOthers);
        return file;
    }
}
