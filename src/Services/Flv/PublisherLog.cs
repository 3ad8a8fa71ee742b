// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Live;
using Uaas.Platform;
using Uaas.Service;

/// <summary>
/// Publishers on the log. Strangers can cause these lines, so there are <see cref="Burst"/> at once and then one a second; the next one says how many were left out.
/// </summary>
internal sealed class PublisherLog : PublisherWatch
{
    private const int Burst = 20;
    private const long Every = 1_000_000_000;

    private long _paidUntil;
    private long _leftOut;

    /// <inheritdoc/>
    public override void Began(ReadOnlySpan<byte> stream)
    {
        Log line = Begin(stackalloc byte[Log.LineMax], "publishing"u8, stream);
        Write(ref line);
    }

    /// <inheritdoc/>
    public override void Left(ReadOnlySpan<byte> stream, long nanoseconds)
    {
        Log line = Begin(stackalloc byte[Log.LineMax], "published"u8, stream);
        line.Milliseconds("ms"u8, nanoseconds);
        Write(ref line);
    }

    /// <inheritdoc/>
    public override void Refused(ReadOnlySpan<byte> stream, PublishResult why)
    {
        Log line = Begin(stackalloc byte[Log.LineMax], "publisher_refused"u8, stream);
        line.Field("why"u8, Explain(why));
        Write(ref line);
    }

    private static Log Begin(Span<byte> buffer, ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> stream)
    {
        Log line = Log.Info(buffer, name);
        line.Field("stream"u8, stream);
        return line;
    }

    private static ReadOnlySpan<byte> Explain(PublishResult why) => why switch
    {
        PublishResult.NameTaken => "name_taken"u8,
        PublishResult.BadName => "bad_name"u8,
        PublishResult.BadKey => "bad_key"u8,
        _ => "full"u8,
    };

    private bool MayWrite()
    {
        long now = Machine.Now;
        _paidUntil = Math.Max(_paidUntil, now);
        if (_paidUntil - now > (Burst - 1) * Every)
        {
            _leftOut++;
            return false;
        }

        _paidUntil += Every;
        return true;
    }

    private void Write(ref Log line)
    {
        if (!MayWrite()) return;
        if (_leftOut > 0) line.Field("left_out"u8, _leftOut);
        _leftOut = 0;
        line.Write();
    }
}
