// SPDX-License-Identifier: Apache-2.0

namespace Internal.Runtime;

/// <summary>The head of a type's description, as ILC 10.0.12 lays it out.</summary>
internal unsafe struct MethodTable
{
#pragma warning disable CS0649 // overlaid on what ILC emits
    internal ushort ComponentSize;
    internal ushort Flags;
    internal uint BaseSize;

    /// <summary>Of a class its base, of an array its element type.</summary>
    internal MethodTable* RelatedType;

    internal ushort VirtualSlotCount;
    internal ushort InterfaceCount;
    internal uint HashCode;
#pragma warning restore CS0649

    private const ushort HasReferencesFlag = 0x0100;
    private const ushort HasComponentsFlag = 0x8000;

    /// <summary>Whether its fields hold references; where, the words before it say.</summary>
    internal readonly bool HasReferences => (Flags & HasReferencesFlag) != 0;

    /// <summary>Of an array or a string.</summary>
    internal readonly bool HasComponents => (Flags & HasComponentsFlag) != 0;
}
