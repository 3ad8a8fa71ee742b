// SPDX-License-Identifier: Apache-2.0

using Uaas.Service;

/// <summary>The <c>combined</c> service: a site, its pictures in any size, and video, in one unikernel.</summary>
internal static class Program
{
    internal static void Main() => Unikernel.Run(new CombinedService());
}
