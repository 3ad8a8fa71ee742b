// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Devices.Virtio;

/// <summary>
/// Memory that devices read and write by its address: zeroed, never moved, never given back, and mapped so that the address which the guest
/// uses is the one the device uses.
/// </summary>
public sealed unsafe class DmaMemory(byte* start, nuint length)
{
    private readonly byte* _start = start;
    private readonly nuint _length = length;
    private nuint _used;

    /// <summary>Bytes not yet taken.</summary>
    public nuint Available => _length - _used;

    /// <summary>Takes <paramref name="size"/> bytes aligned to <paramref name="alignment"/>, a power of two; null when there are not so many.</summary>
    public byte* Take(int size, int alignment)
    {
        nuint misalignment = ((nuint)_start + _used) & ((nuint)alignment - 1);
        nuint padding = misalignment == 0 ? 0 : (nuint)alignment - misalignment;
        if (Available < padding || Available - padding < (nuint)size)
        {
            return null;
        }

        byte* taken = _start + _used + padding;
        _used += padding + (nuint)size;
        return taken;
    }
}
