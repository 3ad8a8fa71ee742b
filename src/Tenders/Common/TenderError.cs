// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders;

/// <summary>Every reason for which a tender refuses. <see cref="TenderErrorText"/> says each in words, with what to do about it.</summary>
public enum TenderError
{
#pragma warning disable CS1591 // The names and their texts say it.
    None,

    // Command line
    UnknownOption,
    KernelMissing,
    MemoryInvalid,
    DeviceOptionMalformed,
    DeviceNameInvalid,
    OptionRepeated,
    OptionKindConflict,
    OptionWithoutDevice,
    TooManyDeviceOptions,
    DescriptorInvalid,
    MacInvalid,
    MtuInvalid,
    SectorSizeInvalid,
    GuestCommandLineTooLong,

    // Kernel file: header
    FileTruncated,
    NotElf,
    NotElf64,
    NotLittleEndian,
    NotExecutable,
    WrongMachine,
    HeaderSizeInvalid,
    ProgramHeaderSizeInvalid,
    NoProgramHeaders,
    TooManyProgramHeaders,
    EntryOutsideMemory,

    // Kernel file: segments
    NothingToLoad,
    SegmentTooLow,
    SegmentNotAscending,
    SegmentAlignmentInvalid,
    SegmentNotPageAligned,
    SegmentFileLargerThanMemory,
    SegmentBeyondMemory,
    SegmentWritableAndExecutable,
    SegmentOutsideFile,

    // Kernel file: notes
    NoteTooShort,
    NoteRepeated,
    AbiMissing,
    AbiSizeInvalid,
    AbiWrongTarget,
    AbiWrongVersion,
    ManifestMissing,
    ManifestSizeInvalid,
    ManifestWrongVersion,
    ManifestCountInvalid,
    ManifestFirstEntryInvalid,
    ManifestNameInvalid,
    ManifestNameRepeated,
    ManifestTypeUnknown,
    ManifestAlreadyAttached,
    ExtensionSizeInvalid,
    ExtensionAnswerMisplaced,

    // Devices
    DeviceNotDeclared,
    DeviceNotAttached,
    DeviceOfOtherKind,
    TapMissing,
    TapDown,
    TapNameTooLong,
    TapAttachFailed,
    TapNotATap,
    TapPacketInformation,
    TapNeedsOffload,
    TapOffloadFailed,
    TapMtuUnknown,
    DescriptorUnusable,
    TapDeviceUnavailable,
    BlockOpenFailed,
    BlockNotWritable,
    BlockNotAFile,
    BlockEmpty,
    BlockNotWholeBlocks,

    // The machine
    KernelOpenFailed,
    KernelNotAFile,
    KernelReadFailed,
    MemoryUnavailable,
    AddressSpaceTaken,
    ProtectFailed,
    SettingsNotTaken,
    SettingsUnusable,
    SettingsTooLarge,
    EventsUnavailable,
    RandomUnavailable,
    PrivilegesNotDropped,
    FilterRefused,
    FilterTooLong,
    KvmOpenFailed,
    KvmVersion,
    KvmCapabilityMissing,
    KvmSetupFailed,
    KvmTscUnknown,

    // hvt: what a running guest does wrong
    GuestWroteReadOnly,
    GuestTripleFault,
    GuestOutsideMemory,
    GuestArgumentFault,
    GuestBadPort,
    GuestBadPointer,
    GuestBadHandle,
    GuestUnknownExit,
    GuestDeviceFailed,
    KvmRunFailed,
#pragma warning restore CS1591
}
