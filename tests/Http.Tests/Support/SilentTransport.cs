// SPDX-License-Identifier: Apache-2.0

using Uaas.Wire;

namespace Uaas.Http.Tests.Support;

/// <summary>A transport that only counts, and allocates nothing.</summary>
internal sealed class SilentTransport : HttpTransport
{
    public long Offered { get; private set; }

    public long Supplied { get; set; }

    public override Ipv4Address RemoteAddress => default;

    public override ushort RemotePort => 0;

    public override void Offer(long count) => Offered += count;

    public override void Finish() => Assert.Fail("finished");

    public override void Abort() => Assert.Fail("aborted");

    public override void ResumeReceive()
    {
    }

    public override void ResumeSend()
    {
    }

    public override void SetTimer(long deadline)
    {
    }
}
