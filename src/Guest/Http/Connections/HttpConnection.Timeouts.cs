// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Http;

/// <summary>
/// The time limits. A connection has one deadline, that of what it waits for now. The timer beneath is set only when it would ring too late;
/// when it rings too early it is set anew. So a request in time costs no timer at all.
/// </summary>
public sealed partial class HttpConnection
{
    private TimeoutKind _timeout;
    private long _deadline;
    private long _armed;

    /// <summary>What a connection waits for.</summary>
    private enum TimeoutKind : byte
    {
        /// <summary>For its own handler.</summary>
        None,

        /// <summary>For the peer to acknowledge.</summary>
        Send,

        /// <summary>For content of a request.</summary>
        Body,

        /// <summary>For the rest of a head, or the first one.</summary>
        Header,

        /// <summary>For the next request.</summary>
        Idle,

        /// <summary>For the peer to close.</summary>
        Linger,
    }

    /// <summary>The deadline has come, or one before it.</summary>
    public void TimerFired()
    {
        _armed = long.MaxValue;
        if (Server.Clock.Now < _deadline)
        {
            Arm();
            return;
        }

        _nesting++;
        TimeOut();
        _nesting--;
        if (Settle()) UpdateDeadline(progress: true);
    }

    private void ResetDeadline()
    {
        _timeout = TimeoutKind.None;
        _deadline = long.MaxValue;
        _armed = long.MaxValue;
    }

    private void TimeOut()
    {
        switch (_timeout)
        {
            case TimeoutKind.Header when _unconsumed > 0:
            case TimeoutKind.Body:
                Reject(RequestRejection.TimedOut, default);
                break;
            case TimeoutKind.Header or TimeoutKind.Idle:
                Server.Counters.Timeouts++;
                BeginClose();
                break;
            case TimeoutKind.Send or TimeoutKind.Linger:
                Server.Counters.Timeouts++;
                Abort();
                break;
        }
    }

    /// <summary>Sets the deadline of what is waited for now. It moves when that has changed, or when <paramref name="progress"/> was made with it.</summary>
    private void UpdateDeadline(bool progress)
    {
        if (_inbound == InboundState.Closed || _isAborted) return;
        TimeoutKind kind = WaitingFor();
        if (kind == _timeout && !(progress && kind is TimeoutKind.Send or TimeoutKind.Body)) return;
        _timeout = kind;
        long limit = Limit(kind);
        _deadline = limit == long.MaxValue ? limit : Server.Clock.Now + limit;
        if (_deadline < _armed) Arm();
    }

    private TimeoutKind WaitingFor()
    {
        if (_inbound == InboundState.Body) return TimeoutKind.Body;
        if (!_queue.IsEmpty) return TimeoutKind.Send;
        if (_closes) return TimeoutKind.Linger;
        if (!IsIdle || _inbound != InboundState.Head) return TimeoutKind.None;
        return _unconsumed > 0 || _requests == 0 ? TimeoutKind.Header : TimeoutKind.Idle;
    }

    private long Limit(TimeoutKind kind) => kind switch
    {
        TimeoutKind.Send => Limits.SendTimeout,
        TimeoutKind.Body => Limits.BodyTimeout,
        TimeoutKind.Header => Limits.HeaderTimeout,
        TimeoutKind.Idle => Limits.IdleTimeout,
        TimeoutKind.Linger => Limits.LingerTimeout,
        _ => long.MaxValue,
    };

    private void Arm()
    {
        if (_deadline == long.MaxValue) return;
        _armed = _deadline;
        _transport!.SetTimer(_deadline);
    }
}
