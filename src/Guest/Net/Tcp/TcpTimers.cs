// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>What happens when a deadline of a connection comes: retransmission, probes, giving up, a delayed acknowledgment, the application's timer.</summary>
internal sealed class TcpTimers(TcpStack stack, TcpEmitter emitter, Interface link, NetworkConfiguration configuration)
{
    /// <summary>Runs all that is due.</summary>
    public void Run(long now)
    {
        while (stack.Timers.TryTakeDue(now, out int index))
        {
            TcpConnection connection = stack.Connections[index];
            RunDue(connection, now);
            if (connection.State == TcpState.Closed) continue;

            // Likewise not before the next poll.
            long next = connection.EarliestDeadline(configuration);
            if (next != Nanoseconds.Never) stack.Timers.EnsureBy(index, Math.Max(next, now + 1));
        }
    }

    private void RunDue(TcpConnection connection, long now)
    {
        if (connection.AckDeadline <= now)
        {
            connection.AckDeadline = Nanoseconds.Never;
            if (connection.AckNeed == AckNeed.Delayed) connection.AckNeed = AckNeed.Soon;
            stack.Schedule(connection);
        }

        if (connection.RetransmitDeadline <= now)
        {
            connection.RetransmitDeadline = Nanoseconds.Never;
            RetransmissionTimeout(connection, now);
        }

        if (connection.State != TcpState.Closed && connection.KeepAliveDeadline(configuration) <= now) KeepAlive(connection, now);
        if (connection.State == TcpState.Closed || connection.ApplicationDeadline > now) return;
        connection.ApplicationDeadline = Nanoseconds.Never;
        connection.Handler?.TimerFired(connection);
    }

    private void RetransmissionTimeout(TcpConnection connection, long now)
    {
        if (connection.State < TcpState.Established)
        {
            SynTimeout(connection, now);
        }
        else if (connection.Next > connection.Unacknowledged)
        {
            if (!CountRetry(connection, now)) return;
            DataTimeout(connection);
            Arm(connection, now);
        }
        else if (connection.State == TcpState.FinWait2)
        {
            FinWaitTimeout(connection, now);
        }
        else if (connection.HasUnsent)
        {
            // The window is closed, or the neighbour unknown. A peer that answers the probes is waited for without end (RFC 9293, 3.8.6.1).
            if (!CountRetry(connection, now)) return;
            connection.RoundTrip.BackOff();
            connection.ProbeDue = true;
            connection.SillyWindowOverride = true;
            stack.Schedule(connection);
            Arm(connection, now);
        }
    }

    private void SynTimeout(TcpConnection connection, long now)
    {
        if (connection.Retries >= configuration.MaxSynRetransmissions)
        {
            stack.Close(connection, TcpCloseReason.TimedOut);
            return;
        }

        connection.Retries++;
        connection.RoundTrip.BackOff();
        connection.SynDue = true;
        link.Counters.TcpRetransmissions++;
        stack.Schedule(connection);
        Arm(connection, now);
    }

    /// <summary>RFC 6298, 5.4 to 5.6, and RFC 5681, 3.1: begin again at the first byte that is not acknowledged, with one segment.</summary>
    private void DataTimeout(TcpConnection connection)
    {
        link.Counters.TcpTimeouts++;
        connection.Congestion.TimedOut(connection.Next - connection.Unacknowledged, connection.SegmentSize, connection.Retries == 1);
        connection.Recovery.TimedOut(connection.Unacknowledged, connection.Next);
        connection.RoundTrip.BackOff();
        connection.MeasuredOffset = 0;
        connection.SupplyBlocked = false;
        stack.Schedule(connection);
    }

    private void FinWaitTimeout(TcpConnection connection, long now)
    {
        long deadline = stack.FinWaitDeadline(connection);
        if (deadline > now) connection.RetransmitDeadline = deadline;
        else GiveUp(connection, now);
    }

    private void KeepAlive(TcpConnection connection, long now)
    {
        if (!CountRetry(connection, now)) return;
        connection.LastProbeAt = now;
        connection.ProbeDue = true;
        stack.Schedule(connection);
    }

    /// <summary>Counts a try that went unanswered; false when it was the last and the connection is given up.</summary>
    private bool CountRetry(TcpConnection connection, long now)
    {
        if (connection.Retries < configuration.MaxRetransmissions)
        {
            connection.Retries++;
            return true;
        }

        GiveUp(connection, now);
        return false;
    }

    private void GiveUp(TcpConnection connection, long now)
    {
        emitter.SendReset(connection, now);
        stack.Close(connection, TcpCloseReason.TimedOut);
    }

    private void Arm(TcpConnection connection, long now) => connection.RetransmitDeadline = now + connection.RoundTrip.Timeout;
}
