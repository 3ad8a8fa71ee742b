// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Configuration;

namespace Uaas.Scheduling.Reconciling;

/// <summary>Which revision of a service is run, which one is known to work, and how those before fared.</summary>
internal sealed class RolloutState
{
    private readonly List<RevisionStatus> _history = [];
    private int _wanted;
    private TimeSpan? _progressAt;
    private int _mostReady;
    private bool _hasFailed;

    internal RolloutState(RevisionSpec first, TimeSpan now)
    {
        Current = first;
        _wanted = first.Number;
        _history.Add(new RevisionStatus(first.Number, now, RevisionOutcome.Progressing, null));
    }

    /// <summary>The revision that is run.</summary>
    internal RevisionSpec Current { get; private set; }

    /// <summary>The last one that took the place of another, or was the first to come up; null before.</summary>
    internal RevisionSpec? Proven { get; private set; }

    internal bool IsProgressing => Proven?.Number != Current.Number;

    /// <summary>Whether there is a revision to go back to.</summary>
    internal bool CanUndo => IsProgressing && Proven is not null;

    /// <summary>Whether any instance of the current revision was ready.</summary>
    internal bool WasEverReady => _mostReady > 0;

    internal IReadOnlyList<RevisionStatus> History => _history;

    /// <summary>A revision is wanted.</summary>
    /// <returns>Whether that changes which one is run.</returns>
    internal bool Want(RevisionSpec revision, RolloutSettings settings, TimeSpan now)
    {
        if (revision.Number == _wanted)
            return false;
        _wanted = revision.Number;
        if (revision.Number == Current.Number)
            return false;
        if (IsProgressing)
        {
            // The first one may never have been complete for lack of room; that it works is enough to go back to.
            if (Proven is null && WasEverReady && !_hasFailed)
                Proven = Current;
            Conclude(RevisionOutcome.Superseded, null);
        }
        Begin(revision, now);
        _history.Add(new RevisionStatus(revision.Number, now, RevisionOutcome.Progressing, null));
        while (_history.Count > settings.History + 1)
            _history.RemoveAt(0);
        return true;
    }

    /// <summary>The instances of the current revision are as many as needed, and none of another serves.</summary>
    internal void Complete()
    {
        Proven = Current;
        Conclude(RevisionOutcome.Complete, null);
    }

    /// <summary>The current revision did not come up.</summary>
    /// <returns>Whether that was not known.</returns>
    internal bool TryMarkFailed(string reason)
    {
        if (_hasFailed)
            return false;
        _hasFailed = true;
        Conclude(RevisionOutcome.Failed, reason);
        return true;
    }

    /// <summary>Runs the proven revision again. The failed one is not tried again for as long as it is the one wanted.</summary>
    internal void Undo(TimeSpan now) => Begin(Proven!, now);

    /// <summary>Notes how far the current revision is.</summary>
    /// <returns>Until when it has to be further; null while nothing is needed of it.</returns>
    internal TimeSpan? Progress(int ready, int target, RolloutSettings settings, TimeSpan now)
    {
        if (target == 0)
        {
            _progressAt = null;
            return null;
        }
        if (_progressAt is null || ready > _mostReady)
            _progressAt = now;
        _mostReady = Math.Max(_mostReady, ready);
        return ready >= target ? null : _progressAt + settings.Deadline;
    }

    /// <summary>Instances of a revision were found running: it had come up.</summary>
    internal void Adopt(RevisionSpec revision)
    {
        if (Proven is null || Proven.Number < revision.Number)
            Proven = revision;
        if (!IsProgressing)
            Conclude(RevisionOutcome.Complete, null);
    }

    private void Begin(RevisionSpec revision, TimeSpan now)
    {
        Current = revision;
        _progressAt = now;
        _mostReady = 0;
        _hasFailed = false;
    }

    private void Conclude(RevisionOutcome outcome, string? reason)
    {
        int last = _history.FindLastIndex(status => status.Number == Current.Number);
        if (last >= 0)
            _history[last] = _history[last] with { Outcome = outcome, Reason = reason };
    }
}
