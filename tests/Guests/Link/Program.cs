// SPDX-License-Identifier: Apache-2.0

using Uaas.Service;

/// <summary>
/// Both ends of a link, by the boot argument <c>role=</c>: <c>server</c> echoes at port 7 and sends without end at port 19; <c>client</c> connects to the
/// ports of its own 127.0.0.1, measures round trips and throughput, says so on its console and ends.
/// </summary>
internal static class Program
{
    internal static void Main() => Unikernel.Run(new LinkService());
}
