// SPDX-License-Identifier: Apache-2.0

using Uaas.Service;

/// <summary>The <c>flv</c> service: live video, in by RTMP, out by HTTP-FLV and RTMP.</summary>
internal static class Program
{
    internal static void Main() => Unikernel.Run(new FlvService());
}
