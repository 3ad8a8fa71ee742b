// SPDX-License-Identifier: Apache-2.0

using System.Net;
using Uaas.Front;

namespace Uaas.Control.Tests;

public sealed class GateTests
{
    [Fact]
    public async Task ARequestThatAllThereIsHasFailedDoesNotAskWithoutPause()
    {
        var master = new SameAgain();
        var gate = new ServiceGate("web", master) { Settings = new GateSettings { Deadline = TimeSpan.FromMilliseconds(300) } };
        var only = new KnownInstance("web-1", gate, new IPEndPoint(IPAddress.Loopback, 80), isCold: false);
        gate.Add(only);
        master.Answer = () => gate.Add(only);
        Admission admission = await gate.AdmitAsync([only], CancellationToken.None);
        Assert.Equal(504, admission.Refusal?.Status);
        Assert.InRange(master.Questions, 1, 20);
        Assert.Equal(0, gate.Waiting);
    }

    /// <summary>A master that gives the one instance that there is, whatever became of it.</summary>
    private sealed class SameAgain : IMaster
    {
        public bool IsAway => false;

        internal Action Answer { get; set; } = () => { };

        internal int Questions { get; private set; }

        public long Want(string service)
        {
            Questions++;
            Task.Run(Answer);
            return Questions;
        }

        public void Leave(long sequence)
        {
        }

        public void Tell(ServiceGate service)
        {
        }

        public void SayDrained(string instance)
        {
        }

        public void Remind(ServiceGate service)
        {
        }
    }
}
