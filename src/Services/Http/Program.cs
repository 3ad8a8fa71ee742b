// SPDX-License-Identifier: Apache-2.0

using Uaas.Service;

/// <summary>The <c>http</c> service: a static web site, from a content image.</summary>
internal static class Program
{
    internal static void Main() => Unikernel.Run(new HttpService());
}
