// SPDX-License-Identifier: Apache-2.0

using Uaas.Devices;

namespace Uaas.Content.Tests.Support;

/// <summary>A device in memory that checks what it is asked, and counts.</summary>
internal sealed class MemoryBlockDevice(byte[] bytes, int blockSize = 512) : BlockDevice
{
    public int Reads { get; private set; }

    public bool Fails { get; set; }

    public override long Capacity => bytes.Length / blockSize * blockSize;

    public override int BlockSize => blockSize;

    public override BlockResult Read(long offset, Span<byte> destination)
    {
        Assert.Equal(0, offset % blockSize);
        Assert.Equal(0, destination.Length % blockSize);
        Assert.InRange(offset, 0, Capacity - destination.Length);
        Reads++;
        if (Fails)
        {
            return BlockResult.DeviceError;
        }

        bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return BlockResult.Ok;
    }

    public override BlockResult Write(long offset, ReadOnlySpan<byte> source) => BlockResult.ReadOnly;
}
