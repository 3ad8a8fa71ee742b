// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Imaging.Serving;

/// <summary>What the image handler has counted.</summary>
public struct ImageCounters
{
    /// <summary>Requests for pictures.</summary>
    public long Requests;

    /// <summary>Requests answered from what was kept.</summary>
    public long Hits;

    /// <summary>Pictures made.</summary>
    public long Made;

    /// <summary>Pictures that could not be made.</summary>
    public long Failed;

    /// <summary>Sources fetched from linked services.</summary>
    public long Fetched;

    /// <summary>Sources that could not be fetched.</summary>
    public long FetchesFailed;

    /// <summary>Requests turned away because too much was waiting.</summary>
    public long Refused;
}
