// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Devices.Virtio;

/// <summary>Puts the processor to sleep until a device has something; given to drivers whose calls complete before they return.</summary>
public abstract class CompletionWaiter
{
    /// <summary>
    /// Sleeps until some device interrupts, a second at most; false when the second passed without one. The caller has armed its queue's
    /// interrupt and looks again afterwards: an interrupt may have been another device's.
    /// </summary>
    public abstract bool WaitForInterrupt();
}
