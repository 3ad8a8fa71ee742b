// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.Win32.SafeHandles;
using Uaas.Instances;
using Uaas.Linux;
using Uaas.Protocol.Agent;

namespace Uaas.Agent;

/// <summary>A template with what a start needs of it at hand: its driver, and its files open.</summary>
internal sealed class PreparedTemplate
{
    private readonly List<BlockAttachment> _blocks = [];

    /// <param name="definition">The template.</param>
    /// <param name="driver">The driver of its monitor.</param>
    /// <exception cref="UaasException">The image or a file cannot be read.</exception>
    internal PreparedTemplate(InstanceTemplate definition, IMonitorDriver driver)
    {
        Definition = definition;
        Driver = driver;
        Offloads = driver.ImageKind == "pvh" || GuestNotes.WantsOffload(definition.Image);
        foreach (TemplateBlock block in definition.Blocks)
            _blocks.Add(Open(block));
    }

    internal InstanceTemplate Definition { get; }

    internal IMonitorDriver Driver { get; }

    /// <summary>Whether the image takes frames with a virtio header before them.</summary>
    internal bool Offloads { get; }

    /// <summary>What an instance on that link is started from.</summary>
    internal InstanceSpec SpecFor(string name, PooledLink link)
    {
        var attachment = new NetworkAttachment(TapLinks.DeviceName, link.Link.Tap.Descriptor, link.Link.EthernetAddress.ToString());
        var connection = new InstanceConnection(link.Link.Address, Networking.NodeNetwork.NodeAddress, attachment, null);
        List<string> arguments = BootArguments.For(name, connection);
        arguments.AddRange(Definition.Arguments);
        return new InstanceSpec
        {
            Name = name,
            Image = Definition.Image,
            MemoryMebibytes = Definition.MemoryMebibytes,
            Arguments = arguments,
            Networks = [attachment],
            Blocks = _blocks,
        };
    }

    /// <summary>The file is opened once, so that it can go while instances use it, and that they need no right to its path.</summary>
    private static BlockAttachment Open(TemplateBlock block)
    {
        try
        {
            SafeFileHandle file = File.OpenHandle(block.Path);
            return new BlockAttachment(block.Name, $"/proc/self/fd/{file.DangerousGetHandle()}", block.SectorSize, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UaasException(Failure.Content, $"cannot read {block.Path}: {e.Message}", null, e);
        }
    }
}
