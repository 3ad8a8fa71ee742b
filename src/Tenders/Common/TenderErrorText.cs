// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>Each <see cref="TenderError"/> in words: what is wrong, then what to do. '#' and '$' stand for the number, see <see cref="Failure"/>.</summary>
public static class TenderErrorText
{
    /// <summary>The message of <paramref name="error"/>.</summary>
    public static ReadOnlySpan<byte> Of(TenderError error) => error switch
    {
        < TenderError.FileTruncated => OfCommandLine(error),
        < TenderError.NoteTooShort => OfSegments(error),
        < TenderError.DeviceNotDeclared => OfNotes(error),
        < TenderError.KernelOpenFailed => OfDevice(error),
        _ => OfMachine(error),
    };

    private static ReadOnlySpan<byte> OfCommandLine(TenderError error) => error switch
    {
        TenderError.UnknownOption => "unknown option; --help lists them, and -- ends them"u8,
        TenderError.KernelMissing => "no kernel given; usage: [OPTIONS] [--] KERNEL [ARGUMENTS...]"u8,
        TenderError.MemoryInvalid => "memory is a number of MiB from 2 to 4096, as in --mem=32"u8,
        TenderError.DeviceOptionMalformed => "a device option has the form --OPTION:NAME=VALUE"u8,
        TenderError.DeviceNameInvalid => "a device name has 1 to 67 letters and digits"u8,
        TenderError.OptionRepeated => "given twice for the same device; give it once"u8,
        TenderError.OptionKindConflict => "this name is given to a network and a block device; use two names"u8,
        TenderError.OptionWithoutDevice => "this device has settings but no --net: or --block: that attaches it"u8,
        TenderError.TooManyDeviceOptions => "more than # devices; a guest can have no more"u8,
        TenderError.DescriptorInvalid => "expected @ and the number of an open descriptor, as in --net:NAME=@5 or --settings=@6"u8,
        TenderError.MacInvalid => "expected a unicast MAC address such as 02:00:00:00:00:01"u8,
        TenderError.MtuInvalid => "an MTU is a number from 68 to 65535"u8,
        TenderError.SectorSizeInvalid => "a sector size is a power of two from 512 to 32768 bytes"u8,
        TenderError.GuestCommandLineTooLong => "the guest's arguments are longer than # bytes; give it less"u8,
        TenderError.UserInvalid => "a user is a number from 1 to 4294967294, as in --user=1900000000"u8,
        TenderError.TooManyGroups => "more than # groups to enter; give fewer"u8,
        TenderError.ProgramMissing => "no program given; usage: [--group=@FD] [--namespaces] [--root=@FD] [--user=N] [--join=N] [--] PROGRAM [ARGUMENTS...]"u8,
        _ => "no error"u8,
    };

    private static ReadOnlySpan<byte> OfSegments(TenderError error) => error switch
    {
        TenderError.FileTruncated => "the file ends at byte # of what its headers promise; build or copy it again"u8,
        TenderError.NotElf => "not an ELF file; give a unikernel image"u8,
        TenderError.NotElf64 => "a 32-bit ELF file; build the guest for x86-64"u8,
        TenderError.NotLittleEndian => "a big-endian ELF file; build the guest for x86-64"u8,
        TenderError.NotExecutable => "ELF type # is not a fixed-address executable (2); link the guest with -static and without -pie"u8,
        TenderError.WrongMachine => "ELF machine # is not x86-64 (62); build the guest for x86-64"u8,
        TenderError.HeaderSizeInvalid => "the ELF header says that it has # bytes, not 64; the file is damaged"u8,
        TenderError.ProgramHeaderSizeInvalid => "program headers of # bytes, not 56; the file is damaged"u8,
        TenderError.NoProgramHeaders => "no program headers; link the guest as an executable, not as an object file"u8,
        TenderError.TooManyProgramHeaders => "# program headers, more than 64; merge sections in the linker script"u8,
        TenderError.EntryOutsideMemory => "the entry point $ is not in the guest's memory, from 0x100000 on; give more with --mem or relink"u8,
        TenderError.NothingToLoad => "no segment has anything to load; relink the guest"u8,
        TenderError.SegmentTooLow => "a segment at $ lies below 0x100000; link the guest at 0x100000 or above"u8,
        TenderError.SegmentNotAscending => "the segment at $ overlaps the one before it or is out of order; align segments to pages, in order of address"u8,
        TenderError.SegmentAlignmentInvalid => "segment alignment $ is not a power of two; relink the guest"u8,
        TenderError.SegmentNotPageAligned => "the segment at $ does not start and end at pages of 4096 bytes; link with -z max-page-size=4096"u8,
        TenderError.SegmentFileLargerThanMemory => "the segment at $ has more bytes in the file than in memory; the file is damaged"u8,
        TenderError.SegmentBeyondMemory => "the segment at $ does not fit the guest's memory; give more with --mem"u8,
        TenderError.SegmentWritableAndExecutable => "the segment at $ is writable and executable; separate code from data when linking"u8,
        _ => "the segment at $ lies outside the file; build or copy it again"u8,
    };

    private static ReadOnlySpan<byte> OfNotes(TenderError error) => error switch
    {
        TenderError.NoteTooShort => "a note segment of # bytes is too short for a note; relink the guest"u8,
        TenderError.NoteRepeated => "two notes of type $; link the guest with one"u8,
        TenderError.AbiMissing => "no Solo5 ABI note; give an image that was built for this tender"u8,
        TenderError.AbiSizeInvalid => "the Solo5 ABI note has # bytes, not 16; rebuild the guest"u8,
        TenderError.AbiWrongTarget => "built for Solo5 target # (1 hvt, 2 spt, 3 virtio, 4 muen, 5 xen), which this tender does not run; use the matching tender or image"u8,
        TenderError.AbiWrongVersion => "built for version # of Solo5's interface, not 2; rebuild the guest"u8,
        TenderError.ManifestMissing => "no Solo5 device manifest; rebuild the guest with one"u8,
        TenderError.ManifestSizeInvalid => "the device manifest's size of # bytes does not match its entries; rebuild the guest"u8,
        TenderError.ManifestWrongVersion => "version # of the device manifest, not 1; rebuild the guest"u8,
        TenderError.ManifestCountInvalid => "# entries in the device manifest; it has 1 to 64"u8,
        TenderError.ManifestFirstEntryInvalid => "the device manifest does not begin with its reserved entry; rebuild the guest"u8,
        TenderError.ManifestNameInvalid => "device # of the manifest has a name that is not of 1 to 67 letters and digits; rebuild the guest"u8,
        TenderError.ManifestNameRepeated => "device # of the manifest has the name of another; rebuild the guest"u8,
        TenderError.ManifestTypeUnknown => "device # of the manifest is neither a block nor a network device; this tender offers only those"u8,
        TenderError.ManifestAlreadyAttached => "device # of the manifest claims to be attached already; rebuild the guest"u8,
        TenderError.ExtensionSizeInvalid => "the extension note has # bytes, not 16; rebuild the guest"u8,
        _ => "the extension note's answer address $ is not 80 aligned, writable bytes of the guest; rebuild it"u8,
    };

    private static ReadOnlySpan<byte> OfDevice(TenderError error) => error switch
    {
        TenderError.DeviceNotDeclared => "the guest has no device of this name; leave the option out or correct the name"u8,
        TenderError.DeviceNotAttached => "the guest needs this device; attach it with --net:NAME=TAP or --block:NAME=PATH"u8,
        TenderError.DeviceOfOtherKind => "the guest declares this device to be of the other kind; network devices take --net:, block devices --block:"u8,
        TenderError.TapMissing => "no such network interface; create it first, as in ip tuntap add NAME mode tap"u8,
        TenderError.TapDown => "the network interface is down; set it up first, as in ip link set NAME up"u8,
        TenderError.TapNameTooLong => "a network interface's name has 1 to 15 bytes"u8,
        TenderError.TapAttachFailed => "cannot attach to the tap; it must be a tap, not held by another process, and ours to use"u8,
        TenderError.TapNotATap => "the descriptor is a tun, not a tap; open it with IFF_TAP"u8,
        TenderError.TapPacketInformation => "the tap prepends packet information; open it with IFF_NO_PI"u8,
        TenderError.TapNeedsOffload => "the tap was opened with IFF_VNET_HDR, which this guest does not understand; open it without"u8,
        TenderError.TapOffloadFailed => "cannot set the tap's offloads"u8,
        TenderError.TapMtuUnknown => "cannot read the interface's MTU; give it with --net-mtu:NAME=N"u8,
        TenderError.DescriptorUnusable => "the descriptor is neither a tap nor a packet socket; open /dev/net/tun and attach it before passing it on"u8,
        TenderError.TapDeviceUnavailable => "cannot open /dev/net/tun; load the module tun and allow access to it"u8,
        TenderError.BlockOpenFailed => "cannot open the block device's file"u8,
        TenderError.BlockNotWritable => "the file is not writable; give it with --block-ro:NAME=PATH to have it read-only"u8,
        TenderError.BlockNotAFile => "neither a regular file nor a block device"u8,
        TenderError.BlockEmpty => "the file is empty; a block device has one block at least"u8,
        _ => "the file's size of # bytes is not a multiple of its sector size; pad it or give a smaller --block-sector-size:"u8,
    };

    private static ReadOnlySpan<byte> OfMachine(TenderError error) => error switch
    {
        TenderError.KernelOpenFailed => "cannot open the kernel"u8,
        TenderError.KernelNotAFile => "the kernel is not a regular file"u8,
        TenderError.KernelReadFailed => "cannot read the kernel"u8,
        TenderError.MemoryUnavailable => "cannot have # bytes of guest memory; give less with --mem or raise the limit"u8,
        TenderError.AddressSpaceTaken => "the guest's addresses are in use in this process; is vm.mmap_min_addr above 65536?"u8,
        TenderError.ProtectFailed => "cannot load the segment at $"u8,
        TenderError.SettingsNotTaken => "the guest takes no settings; build it with this release, or leave --settings out"u8,
        TenderError.SettingsUnusable => "cannot read the settings; give a regular file of at least one byte, open to read"u8,
        TenderError.SettingsTooLarge => "settings of # bytes; there are at most 524288, and they must fit beside the guest: give more with --mem"u8,
        TenderError.TooManyLanes => "there are at most # lanes"u8,
        TenderError.LanesWithoutDirectory => "--lane needs the directory that names its peer; give --lanes=@FD too"u8,
        TenderError.LanesNotTaken => "the guest takes no lanes; build it with this release, or leave --lanes out"u8,
        TenderError.LanesNotOffered => "lanes are memory of processes, which a virtual machine does not see; leave --lanes out, or use uaas-spt"u8,
        TenderError.LaneUnusable => "cannot map the memory of lanes; give a file of 4096 bytes with --lanes, and of # with each --lane, open to read and write"u8,
        TenderError.EventsUnavailable => "cannot create the descriptors that events arrive on"u8,
        TenderError.RandomUnavailable => "cannot get random bytes from the system"u8,
        TenderError.PrivilegesNotDropped => "cannot drop privileges"u8,
        TenderError.GroupNotJoined => "cannot enter the control group of descriptor #; it has to be the open 'tasks' or 'cgroup.procs' of a group that is ours to change"u8,
        TenderError.RootNotEntered => "cannot have the directory of descriptor # for root; it takes CAP_SYS_CHROOT and an open directory"u8,
        TenderError.UserNotTaken => "cannot become user #; it takes CAP_SETUID and CAP_SETGID, and a user that this namespace knows"u8,
        TenderError.NamespacesRefused => "the system refuses namespaces; it takes CAP_SYS_ADMIN"u8,
        TenderError.ProgramNotStarted => "cannot start the program"u8,
        TenderError.FilterRefused => "the system refuses the seccomp filter; it must be configured with CONFIG_SECCOMP_FILTER"u8,
        TenderError.FilterTooLong => "the devices need a seccomp filter of more than # instructions; attach fewer"u8,
        TenderError.KvmOpenFailed => "cannot open /dev/kvm; load kvm-intel or kvm-amd and allow access to it, or use spt"u8,
        TenderError.KvmVersion => "version # of KVM's interface, not 12; this Linux is too old"u8,
        TenderError.KvmCapabilityMissing => "KVM lacks capability #; use a newer Linux, or spt"u8,
        TenderError.KvmSetupFailed => "KVM refuses to set up the virtual machine (step #)"u8,
        TenderError.KvmTscUnknown => "KVM does not know the frequency of the time stamp counter; use spt"u8,
        TenderError.GuestWroteReadOnly => "guest aborted: it wrote to memory that is read-only, or read what it may not; rip $"u8,
        TenderError.GuestTripleFault => "guest aborted: triple fault at rip $"u8,
        TenderError.GuestOutsideMemory => "guest aborted: it touched address $, where it has no memory"u8,
        TenderError.GuestArgumentFault => "guest aborted: it asked to have memory written that it may not write itself; tender's address $"u8,
        TenderError.GuestBadPort => "guest aborted: it used port $, which is no hypercall"u8,
        TenderError.GuestBadPointer => "guest aborted: hypercall with address $ outside its memory"u8,
        TenderError.GuestBadHandle => "guest aborted: hypercall on handle #, which is no such device"u8,
        TenderError.GuestUnknownExit => "guest aborted: KVM stopped it for reason #"u8,
        TenderError.GuestDeviceFailed => "guest aborted: the host could not do the input or output"u8,
        TenderError.KvmRunFailed => "KVM could not run the guest; rip $"u8,
        _ => "no error"u8,
    };
}
