// SPDX-License-Identifier: Apache-2.0

// qemu-system-x86_64 … -device virtio-rng-device

using System;

namespace Uaas.Devices.Virtio;

/// <summary>A virtio entropy device (virtio 1.2, 5.4): random bytes from the host, for seeds.</summary>
public sealed unsafe class VirtioEntropy
{
    private const int QueueIndex = 0;
    private const int QueueSize = 1;

    private readonly SynchronousQueue _queue;

    private VirtioEntropy(SynchronousQueue queue) => _queue = queue;

    /// <summary>Brings the device up; null, and why, when it cannot be used.</summary>
    public static VirtioEntropy? TryCreate(VirtioTransport transport, DmaMemory memory, CompletionWaiter waiter, out VirtioError error)
    {
        error = VirtioSetup.Negotiate(transport, required: 0, wanted: VirtioFeature.EventIndex, groups: default, out ulong features);
        if (error != VirtioError.None)
        {
            return null;
        }

        VirtQueue? queue = VirtioSetup.CreateQueue(transport, QueueIndex, QueueSize, features, memory, out error);
        if (queue == null)
        {
            return null;
        }

        VirtioSetup.Finish(transport);
        return new VirtioEntropy(new SynchronousQueue(transport, QueueIndex, queue, waiter));
    }

    /// <summary>Fills <paramref name="destination"/> with random bytes; false when the device fails to.</summary>
    public bool TryFill(Span<byte> destination)
    {
        fixed (byte* start = destination)
        {
            int filled = 0;
            while (filled < destination.Length)
            {
                var rest = new VirtBuffer((ulong)(start + filled), (uint)(destination.Length - filled), deviceWrites: true);
                if (!_queue.TryComplete(new ReadOnlySpan<VirtBuffer>(in rest), out uint written) || written == 0)
                {
                    return false;
                }

                filled += (int)written; // no more than was asked for: the queue has checked
            }
        }

        return true;
    }
}
