// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Imaging;

/// <summary>The bounds of a picture, looked at before it is decoded.</summary>
public struct ImageLimits
{
    /// <summary>What a service begins with.</summary>
    public static ImageLimits Default => new() { MaxSourcePixels = 50_000_000, MaxSourceLength = 64 << 20, MaxResultPixels = 16_000_000 };

    /// <summary>Pixels of a source at most.</summary>
    public long MaxSourcePixels { get; set; }

    /// <summary>Bytes of a source at most.</summary>
    public long MaxSourceLength { get; set; }

    /// <summary>Pixels of a result at most.</summary>
    public long MaxResultPixels { get; set; }
}

/// <summary>What became of a picture.</summary>
public enum ImageOutcome : byte
{
    /// <summary>It was made.</summary>
    Done,

    /// <summary>The source is of no known format.</summary>
    UnknownFormat,

    /// <summary>The source is damaged, or cut short.</summary>
    Damaged,

    /// <summary>The source cannot be read.</summary>
    Unreadable,

    /// <summary>The source has more bytes or pixels than allowed.</summary>
    SourceTooLarge,

    /// <summary>The result would have more pixels than allowed.</summary>
    ResultTooLarge,

    /// <summary>It takes more memory than there is.</summary>
    NoMemory,

    /// <summary>There is no room for the result.</summary>
    NoRoom,

    /// <summary>The linked service has no such source.</summary>
    SourceMissing,

    /// <summary>The linked service cannot be reached, or answers with something else than a source.</summary>
    SourceFailed,

    /// <summary>The linked service took too long.</summary>
    SourceTimedOut,
}

/// <summary>Where pictures are made.</summary>
public abstract class WorkHost
{
    /// <summary>Called after every row: lets others have a turn.</summary>
    public abstract void Step();

    /// <summary>Called after every picture, when the libraries hold nothing that anybody needs.</summary>
    public abstract void Ended();
}
