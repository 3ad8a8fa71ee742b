// SPDX-License-Identifier: Apache-2.0

using System;
using System.Numerics;

namespace Uaas.Devices.Virtio;

/// <summary>Brings a device up: the steps of virtio 1.2, 3.1.1 "Driver Requirements: Device Initialization", in their order.</summary>
/// <remarks>
/// A driver calls <see cref="Negotiate"/>, then <see cref="CreateQueue"/> for each of its queues, reads its configuration, and calls
/// <see cref="Finish"/>; or <see cref="Fail"/> at any point.
/// </remarks>
public static unsafe class VirtioSetup
{
    private const int QueueAlignment = 64;

    /// <summary>Steps 1 to 6: resets the device and agrees on features.</summary>
    /// <param name="transport">The device.</param>
    /// <param name="required">Features without which the driver cannot work.</param>
    /// <param name="wanted">Features the driver uses if they are there.</param>
    /// <param name="groups">Features that make sense together only: each group is used if all of it is there.</param>
    /// <param name="features">What was agreed.</param>
    public static VirtioError Negotiate(
        VirtioTransport transport, ulong required, ulong wanted, ReadOnlySpan<ulong> groups, out ulong features)
    {
        features = 0;
        required |= VirtioFeature.Version1;

        transport.Status = VirtioStatus.None; // 1. Reset the device.
        transport.Status = VirtioStatus.Acknowledge; // 2. The guest has noticed it,
        transport.Status = VirtioStatus.Acknowledge | VirtioStatus.Driver; // 3. and knows how to drive it.

        ulong offered = transport.DeviceFeatures; // 4. Read feature bits, write the subset understood.
        if ((offered & required) != required)
        {
            return Fail(transport, VirtioError.FeatureMissing);
        }

        features = offered & (required | wanted);
        foreach (ulong group in groups)
        {
            features |= (offered & group) == group ? group : 0;
        }

        transport.AcceptFeatures(features);

        const VirtioStatus Agreed = VirtioStatus.Acknowledge | VirtioStatus.Driver | VirtioStatus.FeaturesOk;
        transport.Status = Agreed; // 5. No new features from here on.
        return (transport.Status & VirtioStatus.FeaturesOk) != 0 // 6. Does the device agree?
            ? VirtioError.None
            : Fail(transport, VirtioError.FeaturesRefused);
    }

    /// <summary>Step 7, once for each queue: makes queue <paramref name="index"/> and hands it to the device.</summary>
    /// <param name="transport">The device.</param>
    /// <param name="index">Which of its queues.</param>
    /// <param name="sizeMax">Entries at most, a power of two; fewer where the device has fewer.</param>
    /// <param name="features">What was agreed.</param>
    /// <param name="memory">Where the queue's rings come from.</param>
    /// <param name="error">Why there is no queue.</param>
    public static VirtQueue? CreateQueue(
        VirtioTransport transport, int index, int sizeMax, ulong features, DmaMemory memory, out VirtioError error)
    {
        uint capacity = Math.Min(transport.GetQueueCapacity(index), (uint)sizeMax);
        if (capacity == 0)
        {
            error = Fail(transport, VirtioError.QueueUnavailable);
            return null;
        }

        int size = 1 << BitOperations.Log2(capacity); // a split queue's size is a power of two
        byte* rings = memory.Take(VirtQueue.GetRingBytes(size), QueueAlignment);
        if (rings == null)
        {
            error = Fail(transport, VirtioError.OutOfMemory);
            return null;
        }

        var queue = new VirtQueue(size, rings, (features & VirtioFeature.EventIndex) != 0);
        transport.AttachQueue(index, queue);
        error = VirtioError.None;
        return queue;
    }

    /// <summary>Step 8: the device is live.</summary>
    public static void Finish(VirtioTransport transport) => transport.Status |= VirtioStatus.DriverOk;

    /// <summary>Gives up on the device, which may touch no memory of ours from here on, and returns <paramref name="error"/>.</summary>
    public static VirtioError Fail(VirtioTransport transport, VirtioError error)
    {
        transport.Status = VirtioStatus.None; // a reset device owns no buffers
        transport.Status = VirtioStatus.Failed;
        return error;
    }
}
