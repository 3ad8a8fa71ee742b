// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Live;

/// <summary>Who is told of publishers that come, go and are sent away.</summary>
public abstract class PublisherWatch
{
    /// <summary>Somebody publishes under a name.</summary>
    public abstract void Began(ReadOnlySpan<byte> stream);

    /// <summary>The publisher has left.</summary>
    /// <param name="stream">The name.</param>
    /// <param name="nanoseconds">How long it has published.</param>
    public abstract void Left(ReadOnlySpan<byte> stream, long nanoseconds);

    /// <summary>Somebody may not publish.</summary>
    /// <param name="stream">What was asked for: no name where that is why.</param>
    /// <param name="why">Why not.</param>
    public abstract void Refused(ReadOnlySpan<byte> stream, PublishResult why);
}
