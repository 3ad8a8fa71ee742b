// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

/// <summary>Asks once for a body and compares every byte: figures of wrong answers are worth nothing, and wrk does not look.</summary>
internal static class BodyCheck
{
    /// <summary>Checks, in the calling thread's network namespace.</summary>
    /// <param name="server">Where the server listens.</param>
    /// <param name="path">What to ask for.</param>
    /// <param name="expected">The body that has to come.</param>
    /// <exception cref="UaasException">Another body came, or none.</exception>
    internal static void Require(IPEndPoint server, string path, ReadOnlySpan<byte> expected)
    {
        byte[] body = PlainFetch.Get(server, path);
        if (!expected.SequenceEqual(body))
            throw new UaasException(Failure.Lost, $"http://{server}{path} brings {body.Length} bytes that are not the site's {expected.Length}");
    }
}
