// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform;

/// <summary>The least guest: says hello and ends well.</summary>
internal static class Program
{
    internal static void Main() => Machine.Write("hello from a unikernel in C#\n"u8);
}
