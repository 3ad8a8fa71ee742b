// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders.Hvt;

/// <summary>What calls to devices answer (Solo5: solo5_result_t).</summary>
internal enum CallResult
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Nothing there, or no room; try again later.</summary>
    Again = 1,

    /// <summary>The arguments do not fit the device.</summary>
    Invalid = 2,

    /// <summary>The host could not do it.</summary>
    Unspecified = 3,
}
