// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Linux;

/// <summary>The user that this process is to the kernel.</summary>
public static class CurrentUser
{
    /// <summary>The user's number.</summary>
    public static uint Id => Libc.EffectiveUser();

    /// <summary>The number of the user's group.</summary>
    public static uint Group => Libc.EffectiveGroup();
}
