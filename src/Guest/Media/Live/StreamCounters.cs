// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Media.Live;

/// <summary>What a stream has counted.</summary>
public struct StreamCounters
{
    /// <summary>Publishers, one after the other.</summary>
    public long Publishers;

    /// <summary>Bytes of packets from publishers.</summary>
    public long BytesIn;

    /// <summary>Pictures.</summary>
    public long VideoPackets;

    /// <summary>Pictures by which decoding can begin.</summary>
    public long KeyFrames;

    /// <summary>Packets of sound.</summary>
    public long AudioPackets;

    /// <summary>Viewers, those that have left among them.</summary>
    public long Viewers;

    /// <summary>How often a viewer was made to skip to the next key frame.</summary>
    public long Drops;

    /// <summary>Packets that no player could use.</summary>
    public long Unusable;

    /// <summary>Bytes that viewers have acknowledged.</summary>
    public long BytesOut;

    /// <summary>Pictures that viewers behind went without because no other needs them.</summary>
    public long LeftOut;

    /// <summary>Viewers cut off because they were too slow.</summary>
    public long Cuts;
}
