// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Media.Live;

/// <summary>The connection beneath a <see cref="Viewer"/>.</summary>
public abstract class ViewerSink
{
    /// <summary>The viewer has <paramref name="count"/> more bytes.</summary>
    public abstract void Offer(long count);

    /// <summary>The viewer is too slow: what it has not yet had is gone. The connection is cut off.</summary>
    public abstract void Cut();

    /// <summary>The stream has ended: the connection ends after what was offered.</summary>
    public abstract void Finish();
}
