// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text;
using Uaas.Net.Tcp;

namespace Uaas.Web.Tests.Support;

/// <summary>A server that answers the heads of requests with what it is told to, right or wrong, on as many connections as there come.</summary>
/// <param name="answer">What the n-th request (from 0) is answered; null: the connection is closed without an answer; empty: silence. A last '\0' closes behind the answer.</param>
internal sealed class ScriptedServer(Func<int, string?> answer) : TcpListener
{
    internal List<string> Requests { get; } = [];

    internal int Connections { get; private set; }

    public override TcpHandler Accept(TcpConnection connection)
    {
        Connections++;
        return new Session(this, answer);
    }

    private sealed class Session(ScriptedServer server, Func<int, string?> answer) : TcpHandler
    {
        private readonly StringBuilder _received = new();
        private readonly List<byte> _sent = [];

        public override void Established(TcpConnection connection)
        {
        }

        public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
        {
            _received.Append(Encoding.Latin1.GetString(data));
            int end = _received.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0) return data.Length;
            server.Requests.Add(_received.ToString());
            _received.Clear();
            string? text = answer(server.Requests.Count - 1);
            if (text is null)
            {
                connection.Finish();
                return data.Length;
            }

            bool closes = text.EndsWith('\0');
            byte[] bytes = Encoding.Latin1.GetBytes(closes ? text[..^1] : text);
            _sent.AddRange(bytes);
            connection.Offer(bytes.Length);
            if (closes) connection.Finish();
            return data.Length;
        }

        public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
        {
            for (int i = 0; i < destination.Length; i++) destination[i] = _sent[(int)offset + i];
            return destination.Length;
        }

        public override void Acknowledged(TcpConnection connection, long offset)
        {
        }

        public override void PeerFinished(TcpConnection connection) => connection.Finish();

        public override void TimerFired(TcpConnection connection)
        {
        }

        public override void Closed(TcpConnection connection, TcpCloseReason reason)
        {
        }
    }
}
