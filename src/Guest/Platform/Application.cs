// SPDX-License-Identifier: Apache-2.0

using System.Runtime;
using System.Runtime.CompilerServices;

namespace Uaas.Platform;

/// <summary>The program that the image was built for. The SDK exports its Main under this name.</summary>
internal static class Application
{
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_main")]
    internal static extern void Main();
}
