// SPDX-License-Identifier: Apache-2.0

using Uaas.Service;

/// <summary>The <c>img</c> service: pictures of the content, in the size and format that is asked for.</summary>
internal static class Program
{
    internal static void Main() => Unikernel.Run(new ImgService());
}
