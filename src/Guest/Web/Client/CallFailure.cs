// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Web;

/// <summary>Why a call to another service came to nothing.</summary>
public enum CallFailure : byte
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>There is no such service: the link is not declared, or the name is not known.</summary>
    NoService,

    /// <summary>The other side refused the connection.</summary>
    Refused,

    /// <summary>The other side did not answer in time.</summary>
    TimedOut,

    /// <summary>The connection ended before the response did.</summary>
    Lost,

    /// <summary>What came is no HTTP response, or an ambiguous one.</summary>
    Malformed,

    /// <summary>The request's head or content is larger than a call can hold, or a field of it is none.</summary>
    BadRequest,

    /// <summary>Too many connections are open.</summary>
    Busy,
}
