// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text;

namespace Uaas.Http.Tests.Support;

/// <summary>A theory that asks nginx. Skipped by name where it is not installed.</summary>
public sealed class NginxTheoryAttribute : TheoryAttribute
{
    public NginxTheoryAttribute()
    {
        if (!File.Exists(NginxProcess.Program)) Skip = "needs nginx";
    }
}

/// <summary>An nginx with one page, started when first asked.</summary>
public sealed class NginxServer : IDisposable
{
    private readonly DirectoryInfo _site = Directory.CreateTempSubdirectory("nginx-site-");
    private readonly Lazy<NginxProcess> _nginx;

    public NginxServer() => _nginx = new(() =>
    {
        File.WriteAllText(Path.Combine(_site.FullName, "index.html"), "hello\n");
        return new NginxProcess(_site.FullName);
    });

    /// <summary>Sends bytes on a connection of their own, and reads what comes until it ends, or until the answer to "GET /second" where it does not.</summary>
    public (string Text, bool Closed) Ask(byte[] request, bool closes)
    {
        using Socket socket = _nginx.Value.Connect();
        socket.ReceiveTimeout = 10_000;
        socket.Send(request);
        List<byte> received = [];
        byte[] buffer = new byte[65_536];
        while (true)
        {
            int count;
            try
            {
                count = socket.Receive(buffer);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                count = 0;
            }

            if (count == 0) return (Encoding.Latin1.GetString(received.ToArray()), true);
            received.AddRange(buffer.AsSpan(0, count));
            string text = Encoding.Latin1.GetString(received.ToArray());
            if (!closes && text.Contains(" 404 ", StringComparison.Ordinal) && text.EndsWith("</html>\r\n", StringComparison.Ordinal)) return (text, false);
        }
    }

    public void Dispose()
    {
        if (_nginx.IsValueCreated) _nginx.Value.Dispose();
        _site.Delete(recursive: true);
    }
}
