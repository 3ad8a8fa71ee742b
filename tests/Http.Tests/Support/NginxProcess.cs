// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Uaas.Net.Testing;

namespace Uaas.Http.Tests.Support;

/// <summary>An nginx of our own on a free port of the loopback: a process of one user, whose files are all in a folder that goes with it.</summary>
public sealed class NginxProcess : IDisposable
{
    /// <summary>Where Debian puts it.</summary>
    public const string Program = "/usr/sbin/nginx";

    private readonly string _folder = Directory.CreateTempSubdirectory("nginx-oracle-").FullName;
    private readonly Process _process;

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="site">The directory to serve.</param>
    /// <param name="directives">More of the server's configuration.</param>
    public NginxProcess(string site, string directives = "")
    {
        Port = FreePort.Find();
        File.WriteAllText(Path.Combine(_folder, "nginx.conf"), Configuration(site, directives));
        _process = Process.Start(new ProcessStartInfo(Program, ["-p", _folder, "-e", "error.log", "-c", "nginx.conf"]) { RedirectStandardError = true })!;
        using Socket socket = Connect();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Opens a connection.</summary>
    public Socket Connect()
    {
        for (int attempt = 0; ; attempt++)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, Port);
                return socket;
            }
            catch (SocketException) when (attempt < 500 && !_process.HasExited)
            {
                socket.Dispose();
                Thread.Sleep(20);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit(10_000);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // As root, nginx makes its workers and their folders nobody's, who may not read what a test has made, and whom a user namespace may not know.
    private string Configuration(string site, string directives) => $$"""
        {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
        daemon off;
        master_process off;
        pid nginx.pid;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
          server {
            listen 127.0.0.1:{{Port}};
            root {{site}};
            {{directives}}
          }
        }
        """;
}
