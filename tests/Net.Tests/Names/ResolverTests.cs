// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;
using Uaas.Net.Names;
using Uaas.Net.Testing;
using Uaas.Net.Tests.Tcp;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Names;

/// <summary>The stub resolver against a name server whose every message the test writes.</summary>
public sealed class ResolverTests
{
    private static readonly Ipv4Address Found = new(0x0A4D_0007);

    private readonly NameBed _bed = new();
    private readonly NotingLookup _lookup = new();

    [Fact]
    public void A_name_is_asked_of_the_gateway_and_its_address_told()
    {
        SentQuestion question = Ask("img");
        Assert.Equal(("img", TcpBed.Peer), (question.Name, question.Server));
        _bed.Answer(question, Found);
        Assert.Equal((Found, 1, 0), (_lookup.Address, _lookup.Calls, _bed.Stack.Names.Active));
        _bed.Bed.Pass(60_000);
        _bed.Bed.Nothing();
    }

    [Fact]
    public void An_alias_before_the_address_is_passed_over()
    {
        SentQuestion question = Ask("img");
        byte[] reply = [.. question.Message, .. NameBed.Record(5, [3, (byte)'w', (byte)'w', (byte)'w', 0xC0, 12]), .. NameBed.Record(1, NameBed.Bytes(Found))];
        reply[2] = 0x81;
        reply[7] = 2;
        _bed.Deliver(question.Port, reply);
        Assert.Equal(Found, _lookup.Address);
    }

    [Theory]
    [InlineData(DnsCode.NoSuchName, LookupFailure.NoSuchName)]
    [InlineData(DnsCode.Ok, LookupFailure.NoSuchName)]
    [InlineData(DnsCode.Refused, LookupFailure.Refused)]
    [InlineData(DnsCode.ServerFailure, LookupFailure.Refused)]
    public void An_answer_without_an_address_is_a_failure(DnsCode code, LookupFailure failure)
    {
        _bed.Answer(Ask("img"), Ipv4Address.Any, code);
        Assert.Equal((failure, 1), (_lookup.Failure, _lookup.Calls));
    }

    [Fact]
    public void A_silent_server_is_asked_ever_slower_and_given_up()
    {
        Ask("img");
        foreach (int milliseconds in new[] { 200, 400, 800, 1_600, 3_200 })
        {
            _bed.Bed.Pass(milliseconds - 1);
            _bed.Bed.Nothing();
            _bed.Bed.Pass(1);
            _bed.NextQuestion();
        }

        _bed.Bed.Pass(10_000);
        Assert.Equal((LookupFailure.TimedOut, 1, 0), (_lookup.Failure, _lookup.Calls, _bed.Stack.Names.Active));
        _bed.Bed.Nothing();
    }

    [Fact]
    public void A_late_answer_to_a_question_asked_twice_is_taken_once()
    {
        SentQuestion question = Ask("img");
        _bed.Bed.Pass(200);
        SentQuestion again = _bed.NextQuestion();
        Assert.Equal(question.Message, again.Message);
        _bed.Answer(question, Found);
        _bed.Answer(again, Found);
        Assert.Equal(1, _lookup.Calls);
    }

    [Fact]
    public void What_is_not_the_answer_is_passed_over()
    {
        SentQuestion question = Ask("img");
        byte[] right = NameBed.Reply(question.Message, Found);
        for (int i = 0; i < question.Message.Length; i++)
        {
            // Counts of records of no interest, and bits of the head that a server may set as it likes.
            if (i is 3 or (>= 6 and < 12)) continue;
            byte[] wrong = [.. right];
            wrong[i] ^= i == 2 ? (byte)0x80 : (byte)0x11;
            _bed.Deliver(question.Port, wrong);
        }

        for (int length = 0; length < right.Length; length++) _bed.Deliver(question.Port, right[..length]);
        _bed.Deliver(question.Port, right, from: Found);
        _bed.Deliver(question.Port, right, fromPort: 54);
        Assert.Equal(0, _lookup.Calls);
        _bed.Deliver(question.Port, right);
        Assert.Equal(1, _lookup.Calls);
    }

    [Fact]
    public void A_lookup_that_is_begun_before_the_first_poll_counts_from_the_time_that_was_told()
    {
        var stack = new NetworkStack(new MemoryDevice(TcpBed.Station), TcpBed.Configuration(), 1, 2);
        stack.SetTime(1_000 * Nanoseconds.PerSecond);
        Assert.True(stack.Names.TryLookUp("img"u8, _lookup));
        stack.Poll(1_001 * Nanoseconds.PerSecond);
        Assert.Equal(0, _lookup.Calls);
        stack.Poll(1_010 * Nanoseconds.PerSecond);
        Assert.Equal(LookupFailure.TimedOut, _lookup.Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("a\u0001")]
    public void What_is_no_name_is_not_asked_for(string name)
    {
        Assert.False(_bed.Stack.Names.TryLookUp(System.Text.Encoding.ASCII.GetBytes(name), _lookup));
        Assert.False(_bed.Stack.Names.TryLookUp(Enumerable.Repeat((byte)'a', 64).ToArray(), _lookup));
        Assert.Equal(0, _bed.Stack.Names.Active);
        _bed.Bed.Nothing();
    }

    [Fact]
    public void The_longest_name_is_asked_for()
    {
        string label = new('x', 62);
        SentQuestion question = Ask($"{label}.{label}.{label}.{label}a");
        Assert.Equal(DnsMessage.MaximumName - 1, question.Name.Length);
        _bed.Answer(question, Found);
        Assert.Equal(Found, _lookup.Address);
    }

    [Fact]
    public void Lookups_are_bounded_and_answered_in_any_order()
    {
        NotingLookup[] lookups = [new(), new(), new(), new()];
        List<SentQuestion> questions = [];
        foreach (NotingLookup lookup in lookups)
        {
            Assert.True(_bed.Stack.Names.TryLookUp("img"u8, lookup));
            _bed.Bed.Run();
            questions.Add(_bed.NextQuestion());
        }

        Assert.False(_bed.Stack.Names.TryLookUp("img"u8, _lookup));
        for (int i = 3; i >= 0; i--) _bed.Answer(questions[i], new Ipv4Address((uint)(0x0A4D_0010 + i)));
        Assert.Equal([0x0A4D_0010u, 0x0A4D_0011u, 0x0A4D_0012u, 0x0A4D_0013u], lookups.Select(lookup => lookup.Address!.Value.Value));
    }

    [Fact]
    public void Whoever_is_told_may_ask_again()
    {
        var second = new NotingLookup();
        var first = new NotingLookup { Then = () => Assert.True(_bed.Stack.Names.TryLookUp("flv"u8, second)) };
        Assert.True(_bed.Stack.Names.TryLookUp("img"u8, first));
        _bed.Answer(_bed.NextQuestion(), Found);
        SentQuestion question = _bed.NextQuestion();
        Assert.Equal("flv", question.Name);
        _bed.Answer(question, Found);
        Assert.Equal(1, second.Calls);
    }

    private SentQuestion Ask(string name)
    {
        Assert.True(_bed.Stack.Names.TryLookUp(System.Text.Encoding.ASCII.GetBytes(name), _lookup));
        _bed.Bed.Run();
        return _bed.NextQuestion();
    }
}
