// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.Win32.SafeHandles;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Uaas.Linux;
using Uaas.Networking;
using Uaas.Protocol.Agent;

namespace Uaas.Agent;

/// <summary>A template with what a start needs of it at hand: its driver, and its files open.</summary>
internal sealed class PreparedTemplate
{
    private const int SettingsSector = 512;

    private readonly List<BlockAttachment> _blocks = [];
    private readonly Confiner? _confiner;
    private readonly KernelFile _kernel;
    private readonly BootableImage _image;
    private readonly SealedMemory? _settings;

    /// <param name="definition">The template.</param>
    /// <param name="driver">The driver of its monitor.</param>
    /// <param name="confiner">Closes its instances in; null for what monitors do of themselves.</param>
    /// <exception cref="UaasException">The image or a file cannot be read.</exception>
    internal PreparedTemplate(InstanceTemplate definition, IMonitorDriver driver, Confiner? confiner = null)
    {
        _confiner = confiner;
        Definition = definition;
        Driver = driver;
        _kernel = KernelFile.Find(definition.Image) ?? KernelFile.Own;
        _image = BootableImage.Prepare(definition.Image, _kernel.Format);
        Offloads = driver.ImageKind == "pvh" || GuestNotes.WantsOffload(definition.Image);
        TakesLanes = driver.ImageKind == "spt" && GuestNotes.WantsLanes(definition.Image);
        foreach (TemplateBlock block in definition.Blocks)
        {
            if (block.VolumeBytes == 0)
                _blocks.Add(Open(block));
        }
        _settings = definition.Settings is { } path ? ReadSettings(path) : null;
        if (_settings is not null && !_kernel.IsOurs)
            _blocks.Add(new BlockAttachment(InstanceSpec.SettingsDevice, _settings.Path, SettingsSector, _settings.Descriptor));
        confiner?.Prepare(driver, definition.MemoryMebibytes, definition.CpuMillicores);
    }

    internal InstanceTemplate Definition { get; }

    internal IMonitorDriver Driver { get; }

    /// <summary>Whether the image takes frames with a virtio header before them.</summary>
    internal bool Offloads { get; }

    /// <summary>Whether its instances can share memory with linked ones.</summary>
    internal bool TakesLanes { get; }

    /// <summary>What shows that an instance of it is a booted guest.</summary>
    internal BootProof ProofOf(IInstance instance, PooledLink link) => BootProof.Of(instance, Path.GetFileName(Definition.Image), _kernel.Title, link.Link.Address);

    /// <summary>Starts an instance on that link, with that memory to share. A guest of others has its address by DHCP too, and is watched for panics.</summary>
    internal IInstance Start(string name, PooledLink link, IReadOnlyList<SafeFileHandle> lanes)
    {
        using InstanceVolumes volumes = InstanceVolumes.Open(Definition.Blocks, _kernel);
        InstanceSpec spec = SpecFor(name, link, volumes) with
        {
            Lanes = lanes,
            Confinement = _confiner?.For(link.Number, Driver, Definition.MemoryMebibytes, Definition.CpuMillicores),
        };
        IInstance instance = Start(spec, link);
        volumes.SynchronizeAfter(instance);
        return instance;
    }

    /// <summary>No more instances are started from it. Those that there are go on.</summary>
    internal void Retire() => _confiner?.Forget(Driver, Definition.MemoryMebibytes, Definition.CpuMillicores);

    private IInstance Start(InstanceSpec spec, PooledLink link)
    {
        DhcpServer? addresses = null;
        try
        {
            if (_kernel.IsOurs)
                return Driver.Start(spec);
            addresses = DhcpServer.Start(link.Link);
            return new PanicWatch(Driver.Start(spec), addresses);
        }
        catch
        {
            addresses?.Dispose();
            spec.Confinement?.Dispose();
            throw;
        }
    }

    private InstanceSpec SpecFor(string name, PooledLink link, InstanceVolumes volumes)
    {
        string device = _kernel.IsOurs ? TapLinks.DeviceName : _kernel.Networks.Count > 0 ? _kernel.Networks[0] : "";
        var attachment = new NetworkAttachment(device, link.Link.Tap.Descriptor, link.Link.EthernetAddress.ToString());
        var connection = new InstanceConnection(link.Link.Address, NodeNetwork.NodeAddress, attachment, null);
        List<string> arguments = BootArguments.For(_kernel.Style, name, connection);
        arguments.AddRange(Definition.Arguments);
        return new InstanceSpec
        {
            Name = name,
            Image = _image.Path,
            ImageInherited = _image.Inherited,
            Format = _kernel.Format,
            IsOurs = _kernel.IsOurs,
            Machine = _kernel.IsOurs ? QemuMachine.Microvm : QemuMachine.Pc,
            MemoryMebibytes = Definition.MemoryMebibytes,
            Arguments = arguments,
            Settings = _kernel.IsOurs ? _settings?.Descriptor : null,
            Networks = device.Length > 0 ? [attachment] : [],
            Blocks = BlockDevices.Complete([.. _blocks, .. volumes.Attachments], _kernel),
        };
    }

    /// <summary>Into memory without a name, which instances of whatever user can be given. As a device it has whole blocks.</summary>
    private SealedMemory ReadSettings(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            if (!_kernel.IsOurs)
                Array.Resize(ref bytes, (bytes.Length + SettingsSector - 1) / SettingsSector * SettingsSector);
            return SealedMemory.Create("settings", bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SystemCallException)
        {
            throw new UaasException(Failure.Content, $"cannot read the settings of {Definition.Service}: {e.Message}", "apply it again", e);
        }
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
