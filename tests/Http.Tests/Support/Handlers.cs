// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;

namespace Uaas.Http.Tests.Support;

/// <summary>Answers each request with a description of it, so that tests see what the server understood.</summary>
internal class EchoHandler(bool takesContent = true) : HttpHandler
{
    public override bool TakesContent => takesContent;

    public List<string> Seen { get; } = [];

    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        string text = $"{Text(request.MethodText)} {Text(request.Target)}";
        Seen.Add(text);
        response.Start(HttpStatus.Ok);
        response.AddLines("Content-Type: text/plain\r\n"u8);
        response.Send(Encoding.Latin1.GetBytes(text));
    }

    protected static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}

/// <summary>Reads the content of each request and answers with it.</summary>
internal sealed class BodyEchoHandler : HttpHandler
{
    public List<string> Bodies { get; } = [];

    public int Aborts { get; private set; }

    public int Abandonments { get; private set; }

    /// <summary>Bytes taken of each delivery at most.</summary>
    public int Appetite { get; set; } = int.MaxValue;

    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        if (request.HasBody) request.ReceiveBody(new Collector(this));
        else response.SendStatus(HttpStatus.LengthRequired);
    }

    public override void Abandoned(HttpResponse response) => Abandonments++;

    private sealed class Collector(BodyEchoHandler owner) : RequestBody
    {
        private readonly List<byte> _bytes = [];

        public override int Receive(HttpResponse response, ReadOnlySpan<byte> data)
        {
            int taken = Math.Min(owner.Appetite, data.Length);
            _bytes.AddRange(data[..taken].ToArray());
            return taken;
        }

        public override void Completed(HttpResponse response)
        {
            owner.Bodies.Add(Encoding.Latin1.GetString(_bytes.ToArray()));
            response.Start(HttpStatus.Ok);
            response.Send(new PatternBody(_bytes.ToArray()));
        }

        public override void Aborted(HttpResponse response) => owner.Aborts++;
    }
}

/// <summary>Content of known bytes that counts what becomes of it.</summary>
internal sealed class PatternBody(byte[] bytes, bool knowsLength = true) : ResponseBody
{
    public int Releases { get; private set; }

    public long AcknowledgedTo { get; private set; }

    /// <summary>Bytes at hand; the others come later.</summary>
    public long AtHand { get; set; } = long.MaxValue;

    /// <summary>Whether reading fails.</summary>
    public bool Fails { get; set; }

    public override long Length => knowsLength ? bytes.Length : UnknownLength;

    public override int Read(long offset, Span<byte> destination)
    {
        Assert.Equal(0, Releases);
        Assert.True(offset >= AcknowledgedTo, "read again after it was acknowledged");
        Assert.True(offset + destination.Length <= bytes.Length, "read beyond the end");
        if (Fails) return -1;
        int count = (int)Math.Max(0, Math.Min(destination.Length, AtHand - offset));
        bytes.AsSpan((int)offset, count).CopyTo(destination);
        return count;
    }

    public override void Acknowledged(long offset)
    {
        Assert.True(offset >= AcknowledgedTo);
        AcknowledgedTo = offset;
    }

    public override void Release() => Releases++;
}

/// <summary>Leaves the answer to the test.</summary>
internal sealed class DeferringHandler : HttpHandler
{
    public List<HttpResponse> Waiting { get; } = [];

    public List<string> Targets { get; } = [];

    public List<HttpResponse> Dropped { get; } = [];

    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        Targets.Add(Encoding.Latin1.GetString(request.Target));
        Waiting.Add(response);
    }

    public override void Abandoned(HttpResponse response) => Dropped.Add(response);
}

/// <summary>Runs a function of the test.</summary>
internal sealed class LambdaHandler(LambdaHandler.Answer answer) : HttpHandler
{
    public delegate void Answer(in HttpRequest request, HttpResponse response);

    public int Abandonments { get; private set; }

    public override void Handle(in HttpRequest request, HttpResponse response) => answer(in request, response);

    public override void Abandoned(HttpResponse response) => Abandonments++;
}
