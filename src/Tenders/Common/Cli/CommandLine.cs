// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;

namespace Uaas.Tenders;

/// <summary>What the person asked the tender to do.</summary>
public enum CommandAction
{
    /// <summary>Run a guest.</summary>
    Run,

    /// <summary>Print the usage.</summary>
    Help,

    /// <summary>Print the version.</summary>
    Version,
}

/// <summary>A tender's command line: <c>[OPTIONS] [--] KERNEL [ARGUMENTS...]</c>, as Solo5's tenders take it and a little more.</summary>
public ref struct CommandLine(Arguments arguments, Span<DeviceOptions> storage)
{
    /// <summary>Devices at most: the manifest has 64 entries, of which the first is reserved.</summary>
    public const int MaxDevices = 63;

    /// <summary>MiB of guest memory where none is asked for, as in Solo5.</summary>
    public const uint DefaultMemoryMiB = 512;

    private readonly Span<DeviceOptions> _storage = storage;
    private int _deviceCount;
    private ConfinementOptions _confinement = new();
    private LaneDescriptors _lanes;

    /// <summary>The arguments that were read.</summary>
    public Arguments Arguments { get; } = arguments;

    /// <summary>What to do; only for <see cref="CommandAction.Run"/> does the rest hold.</summary>
    public CommandAction Action { get; private set; }

    /// <summary>Guest memory in MiB, from 2 to 4096.</summary>
    public uint MemoryMiB { get; private set; } = DefaultMemoryMiB;

    /// <summary>The open descriptor of the guest's settings; -1 for none.</summary>
    public int Settings { get; private set; } = -1;

    /// <summary>The open descriptor of the directory of lanes; -1 for none.</summary>
    public int LaneDirectory { get; private set; } = -1;

    /// <summary>How many lanes there are.</summary>
    public int LaneCount { get; private set; }

    /// <summary>How the tender is to close itself in.</summary>
    public readonly ConfinementOptions Confinement => _confinement;

    /// <summary>Index of the argument that names the kernel; the guest's own arguments follow it.</summary>
    public int KernelArgument { get; private set; }

    /// <summary>The devices that options named, each with a source.</summary>
    public readonly Span<DeviceOptions> Devices => _storage.Slice(0, _deviceCount);

    /// <summary>Path of the kernel; a NUL follows it in memory.</summary>
    public readonly ReadOnlySpan<byte> KernelPath => Arguments[KernelArgument];

    /// <summary>The open descriptor of lane <paramref name="index"/>.</summary>
    public readonly int Lane(int index) => _lanes[index];

    /// <summary>
    /// Reads <paramref name="arguments"/>. <paramref name="storage"/> is lent for the devices and holds <see cref="MaxDevices"/>.
    /// </summary>
    public static bool TryParse(Arguments arguments, Span<DeviceOptions> storage, out CommandLine line, out Failure failure)
    {
        line = new CommandLine(arguments, storage);
        int index = 1;
        for (; index < arguments.Count; index++)
        {
            ReadOnlySpan<byte> argument = arguments[index];
            if (argument.Length < 2 || argument[0] != '-') break;
            if (argument.SequenceEqual("--"u8))
            {
                index++;
                break;
            }

            if (!line.TryOption(index, argument, out failure)) return false;
            if (line.Action != CommandAction.Run) return true;
        }

        if (index >= arguments.Count)
        {
            failure = new Failure(TenderError.KernelMissing);
            return false;
        }

        line.KernelArgument = index;
        return line.TryFinish(out failure);
    }

    /// <summary>
    /// Writes the guest's arguments, with a space between two, and a NUL to <paramref name="destination"/>, which holds
    /// <see cref="Solo5.CommandLineSize"/> bytes.
    /// </summary>
    public readonly bool TryWriteGuestArguments(Span<byte> destination, out Failure failure)
    {
        failure = default;
        int length = 0;
        for (int i = KernelArgument + 1; i < Arguments.Count; i++)
        {
            ReadOnlySpan<byte> argument = Arguments[i];
            int separator = i > KernelArgument + 1 ? 1 : 0;
            if (argument.Length > Solo5.CommandLineSize - 1 - separator - length)
            {
                failure = new Failure(TenderError.GuestCommandLineTooLong, default, Solo5.CommandLineSize - 1);
                return false;
            }

            if (separator != 0) destination[length++] = (byte)' ';
            argument.CopyTo(destination.Slice(length));
            length += argument.Length;
        }

        destination[length] = 0;
        return true;
    }

    private bool TryOption(int index, ReadOnlySpan<byte> argument, out Failure failure)
    {
        failure = default;
        if (argument.SequenceEqual("--help"u8)) Action = CommandAction.Help;
        else if (argument.SequenceEqual("--version"u8)) Action = CommandAction.Version;
        else if (argument.StartsWith("--mem="u8)) return TryMemory(argument, out failure);
        else if (argument.StartsWith("--settings="u8)) Settings = Descriptor(argument, "--settings="u8, out failure);
        else if (argument.StartsWith("--lanes="u8)) LaneDirectory = Descriptor(argument, "--lanes="u8, out failure);
        else if (argument.StartsWith("--lane="u8)) AddLane(argument, out failure);
        else if (!_confinement.Takes(argument, out failure)) return TryDeviceOption(index, argument, out failure);
        return failure.Error == TenderError.None;
    }

    private bool TryMemory(ReadOnlySpan<byte> argument, out Failure failure)
    {
        failure = new Failure(TenderError.MemoryInvalid, argument);
        if (!Number.TryParse(argument.Slice("--mem="u8.Length), 4096, out uint mebibytes) || mebibytes < 2) return false;
        MemoryMiB = mebibytes;
        return true;
    }

    private static int Descriptor(ReadOnlySpan<byte> argument, ReadOnlySpan<byte> name, out Failure failure)
    {
        ReadOnlySpan<byte> value = argument.Slice(name.Length);
        bool isDescriptor = Number.TryParse(value.StartsWith("@"u8) ? value.Slice(1) : default, int.MaxValue, out uint descriptor);
        failure = isDescriptor ? default : new Failure(TenderError.DescriptorInvalid, argument);
        return (int)descriptor;
    }

    private void AddLane(ReadOnlySpan<byte> argument, out Failure failure)
    {
        int descriptor = Descriptor(argument, "--lane="u8, out failure);
        if (LaneCount == LaneMemory.MaxLanes) failure = new Failure(TenderError.TooManyLanes, argument, LaneMemory.MaxLanes);
        else _lanes[LaneCount++] = descriptor;
    }

    private bool TryDeviceOption(int index, ReadOnlySpan<byte> argument, out Failure failure)
    {
        DeviceOption option = DeviceOption.Recognise(argument, out int nameStart);
        if (option.Kind == DeviceKind.None)
        {
            failure = new Failure(TenderError.UnknownOption, argument);
            return false;
        }

        int nameLength = argument.Slice(nameStart).IndexOf((byte)'=');
        if (nameLength < 0)
        {
            failure = new Failure(TenderError.DeviceOptionMalformed, argument);
            return false;
        }

        if (!Manifest.IsValidName(argument.Slice(nameStart, nameLength)))
        {
            failure = new Failure(TenderError.DeviceNameInvalid, argument);
            return false;
        }

        int slot = FindOrAdd(new ArgumentText(index, nameStart, nameLength));
        if (slot < 0)
        {
            failure = new Failure(TenderError.TooManyDeviceOptions, argument, MaxDevices);
            return false;
        }

        int valueStart = nameStart + nameLength + 1;
        TenderError error = option.Apply(ref _storage[slot], argument.Slice(valueStart), new ArgumentText(index, valueStart, argument.Length - valueStart));
        failure = new Failure(error, argument);
        return error == TenderError.None;
    }

    private int FindOrAdd(ArgumentText name)
    {
        for (int i = 0; i < _deviceCount; i++)
        {
            if (Arguments[_storage[i].Name].SequenceEqual(Arguments[name])) return i;
        }

        if (_deviceCount == MaxDevices) return -1;
        _storage[_deviceCount] = default;
        _storage[_deviceCount].Name = name;
        return _deviceCount++;
    }

    private readonly bool TryFinish(out Failure failure)
    {
        failure = default;
        for (int i = 0; i < _deviceCount; i++)
        {
            if (_storage[i].HasSource) continue;
            failure = new Failure(TenderError.OptionWithoutDevice, Arguments[_storage[i].Name]);
            return false;
        }

        if (LaneCount == 0 || LaneDirectory >= 0) return true;
        failure = new Failure(TenderError.LanesWithoutDirectory);
        return false;
    }

    [InlineArray(LaneMemory.MaxLanes)]
    private struct LaneDescriptors
    {
        private int _first;
    }
}
