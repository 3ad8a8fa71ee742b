// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Uaas.Http.Tests.Support;

/// <summary>A theory that asks nginx. Skipped by name where it is not installed.</summary>
public sealed class NginxTheoryAttribute : TheoryAttribute
{
    public NginxTheoryAttribute()
    {
        if (!File.Exists(NginxServer.Program)) Skip = "needs nginx";
    }
}

/// <summary>An nginx of our own with one page, on a free port of the loopback, started when first asked.</summary>
public sealed class NginxServer : IDisposable
{
    public const string Program = "/usr/sbin/nginx";

    private readonly string _folder = Directory.CreateTempSubdirectory("nginx-oracle-").FullName;
    private Process? _process;
    private int _port;

    /// <summary>Sends bytes on a connection of their own, and reads what comes until it ends, or until the answer to "GET /second" where it does not.</summary>
    public (string Text, bool Closed) Ask(byte[] request, bool closes)
    {
        Start();
        using Socket socket = Connect();
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
        if (_process is not null)
        {
            _process.Kill();
            _process.WaitForExit(10_000);
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Start()
    {
        if (_process is not null) return;
        using (TcpListener listener = new(IPAddress.Loopback, 0))
        {
            listener.Start();
            _port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        Directory.CreateDirectory(Path.Combine(_folder, "site"));
        File.WriteAllText(Path.Combine(_folder, "site", "index.html"), "hello\n");
        File.WriteAllText(Path.Combine(_folder, "nginx.conf"), Configuration());
        _process = Process.Start(new ProcessStartInfo(Program, ["-p", _folder, "-e", "error.log", "-c", "nginx.conf"]) { RedirectStandardError = true })!;
        using Socket socket = Connect();
    }

    private string Configuration() => $$"""
        daemon off;
        master_process off;
        pid nginx.pid;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
          server { listen 127.0.0.1:{{_port}}; root {{_folder}}/site; }
        }
        """;

    private Socket Connect()
    {
        for (int attempt = 0; ; attempt++)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, _port);
                return socket;
            }
            catch (SocketException) when (attempt < 500 && _process is { HasExited: false })
            {
                socket.Dispose();
                Thread.Sleep(20);
            }
        }
    }
}
