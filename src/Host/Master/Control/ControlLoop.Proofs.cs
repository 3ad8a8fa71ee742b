// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Protocol.Agent;

namespace Uaas.Master.Control;

/// <summary>What the agent is asked about single instances, for people to see.</summary>
public sealed partial class ControlLoop
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, TaskCompletionSource<AgentEvent.Described>> _questions = new();
    private long _lastQuestion;

    /// <summary>What an instance is: its monitor, what was booted, its devices, what it said. Null where there is none of that name.</summary>
    public async Task<InstanceDetail?> DescribeAsync(string name, CancellationToken cancellation)
    {
        InstanceView view;
        lock (_lock)
        {
            if (!_byName.TryGetValue(name, out InstanceRecord? record))
                return null;
            view = View(record);
        }
        AgentEvent.Described? said = await AskAsync(name, cancellation).ConfigureAwait(false);
        return new InstanceDetail(view, said?.Monitor, said?.Kernel, said?.Devices ?? [], said?.BootLine, said?.LastLines ?? []);
    }

    /// <summary>Completes when the agent has carried out all that it was told by now; after a moment without an answer, all the same.</summary>
    internal Task AgentCaughtUpAsync(CancellationToken cancellation) => AskAsync("", cancellation);

    /// <summary>Null where the agent is away, or busier than anyone wants to wait.</summary>
    private async Task<AgentEvent.Described?> AskAsync(string name, CancellationToken cancellation)
    {
        long question = Interlocked.Increment(ref _lastQuestion);
        var answer = new TaskCompletionSource<AgentEvent.Described>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[question] = answer;
        try
        {
            _agent.Send(new AgentCommand.Describe(name, question));
            return await answer.Task.WaitAsync(AnswerWithin, _clock, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _questions.TryRemove(question, out _);
        }
    }

    private void OnDescribed(AgentEvent.Described described)
    {
        if (_questions.TryGetValue(described.Question, out TaskCompletionSource<AgentEvent.Described>? answer))
            answer.TrySetResult(described);
    }
}
