// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>One option of the form <c>--OPTION:NAME=VALUE</c>.</summary>
public readonly struct DeviceOption
{
    private readonly Setting _setting;

    private DeviceOption(Setting setting) => _setting = setting;

    private enum Setting
    {
        None,
        Block,
        BlockReadOnly,
        BlockSectorSize,
        Net,
        NetMac,
        NetMtu,
    }

    /// <summary>The kind of device that takes this option; None for no option at all.</summary>
    public DeviceKind Kind => _setting switch
    {
        Setting.None => DeviceKind.None,
        < Setting.Net => DeviceKind.Block,
        _ => DeviceKind.Net,
    };

    /// <summary>Tells which option <paramref name="argument"/> is, and where its NAME starts.</summary>
    public static DeviceOption Recognise(ReadOnlySpan<byte> argument, out int nameStart)
    {
        nameStart = argument.IndexOf((byte)':') + 1;
        ReadOnlySpan<byte> option = argument.Slice(0, nameStart);
        Setting setting = Setting.None;
        if (option.SequenceEqual("--net:"u8)) setting = Setting.Net;
        else if (option.SequenceEqual("--net-mac:"u8)) setting = Setting.NetMac;
        else if (option.SequenceEqual("--net-mtu:"u8)) setting = Setting.NetMtu;
        else if (option.SequenceEqual("--block:"u8)) setting = Setting.Block;
        else if (option.SequenceEqual("--block-ro:"u8)) setting = Setting.BlockReadOnly;
        else if (option.SequenceEqual("--block-sector-size:"u8)) setting = Setting.BlockSectorSize;
        return new DeviceOption(setting);
    }

    /// <summary>Enters the option's value into <paramref name="device"/>, whose state is of no use after an error.</summary>
    public TenderError Apply(ref DeviceOptions device, ReadOnlySpan<byte> value, ArgumentText valueText)
    {
        if (device.Kind != DeviceKind.None && device.Kind != Kind) return TenderError.OptionKindConflict;
        device.Kind = Kind;
        return _setting switch
        {
            Setting.Net => ApplyNet(ref device, value, valueText),
            Setting.NetMac => ApplyMac(ref device, value),
            Setting.NetMtu => ApplyMtu(ref device, value),
            Setting.BlockSectorSize => ApplySectorSize(ref device, value),
            _ => ApplyBlock(ref device, value, valueText),
        };
    }

    private static TenderError ApplyNet(ref DeviceOptions device, ReadOnlySpan<byte> value, ArgumentText valueText)
    {
        if (device.HasSource) return TenderError.OptionRepeated;
        return ApplySource(ref device, value, valueText);
    }

    private TenderError ApplyBlock(ref DeviceOptions device, ReadOnlySpan<byte> value, ArgumentText valueText)
    {
        if (device.HasSource) return TenderError.OptionRepeated;
        device.ReadOnly = _setting == Setting.BlockReadOnly;
        return ApplySource(ref device, value, valueText);
    }

    /// <summary>A name or path; or a descriptor, behind an @.</summary>
    private static TenderError ApplySource(ref DeviceOptions device, ReadOnlySpan<byte> value, ArgumentText valueText)
    {
        if (value.Length == 0) return TenderError.DeviceOptionMalformed;
        if (value[0] != '@')
        {
            device.Source = valueText;
            return TenderError.None;
        }

        if (!Number.TryParse(value.Slice(1), int.MaxValue, out uint descriptor)) return TenderError.DescriptorInvalid;
        device.HasDescriptor = true;
        device.Descriptor = (int)descriptor;
        return TenderError.None;
    }

    private static TenderError ApplyMac(ref DeviceOptions device, ReadOnlySpan<byte> value)
    {
        if (device.Mac != 0) return TenderError.OptionRepeated;
        return Number.TryParseMac(value, out device.Mac) ? TenderError.None : TenderError.MacInvalid;
    }

    private static TenderError ApplyMtu(ref DeviceOptions device, ReadOnlySpan<byte> value)
    {
        if (device.Mtu != 0) return TenderError.OptionRepeated;
        return Number.TryParse(value, 65535, out device.Mtu) && device.Mtu >= 68 ? TenderError.None : TenderError.MtuInvalid;
    }

    private static TenderError ApplySectorSize(ref DeviceOptions device, ReadOnlySpan<byte> value)
    {
        if (device.SectorSize != 0) return TenderError.OptionRepeated;
        bool valid = Number.TryParse(value, 32768, out device.SectorSize) && device.SectorSize >= 512 && (device.SectorSize & (device.SectorSize - 1)) == 0;
        return valid ? TenderError.None : TenderError.SectorSizeInvalid;
    }
}
