// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net.Http;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>What an nginx is started with.</summary>
/// <param name="Locations">What stands in its server.</param>
/// <param name="Main">What stands beside http.</param>
/// <param name="Workers">Its worker processes; 0: it is one process alone.</param>
/// <param name="Wrapper">A program that runs it, with arguments.</param>
/// <param name="Daemon">It leaves the process that started it, as binary upgrades want it.</param>
internal sealed record NginxOptions(string Locations = "location / { uaas_pass web; }", string Main = "", int Workers = 1, string[]? Wrapper = null, bool Daemon = false);

/// <summary>A folder with an nginx in it that listens on a unix socket, and a client of it.</summary>
internal sealed partial class NginxBed : IAsyncDisposable
{
    internal const int Hangup = 1;
    internal const int Quit = 3;
    internal const int UserSignal2 = 12;
    internal const int Terminate = 15;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly NginxOptions _options;
    private readonly bool _listens;
    private Process? _process;

    internal NginxBed(NginxOptions? options = null)
        : this(options ?? new NginxOptions(), null)
    {
    }

    /// <param name="configuration">The whole configuration, given the folder.</param>
    internal NginxBed(Func<string, string> configuration)
        : this(new NginxOptions(), configuration)
    {
    }

    private NginxBed(NginxOptions options, Func<string, string>? configuration)
    {
        _options = options;
        Folder = Directory.CreateTempSubdirectory("uaas-nginx-").FullName;
        File.SetUnixFileMode(Folder, (UnixFileMode)0x1ED);
        File.WriteAllText(Path.Combine(Folder, "nginx.conf"), configuration?.Invoke(Folder) ?? Configuration());
        _listens = configuration is null;
        Client = CreateClient(Path.Combine(Folder, "http.sock"));
    }

    internal string Folder { get; }

    internal HttpClient Client { get; }

    /// <summary>The error log so far.</summary>
    internal string Log => ReadShared(Path.Combine(Folder, "error.log"));

    /// <summary>The access log so far: status, service, instance, milliseconds of the cold start.</summary>
    internal string[] Requests => ReadShared(Path.Combine(Folder, "access.log")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The process that the pid file names.</summary>
    internal int Pid => int.Parse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture);

    private string PidFile => Path.Combine(Folder, "nginx.pid");

    internal static HttpClient CreateClient(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, stop) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://test/"),
        Timeout = s_patience,
    };

    /// <summary>Starts nginx and waits until it runs, and until each worker knows what the master tells, where there is one.</summary>
    internal async Task StartAsync(ScriptedMaster? master = null)
    {
        _process = Start();
        string socket = Path.Combine(Folder, "http.sock");
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (!File.Exists(PidFile) || (_listens && !File.Exists(socket)))
        {
            Assert.False(_process.HasExited && !_options.Daemon, Log);
            Assert.True(Environment.TickCount64 < deadline, "nginx does not start");
            await Task.Delay(20);
        }
        if (master is null)
            return;
        await UntilAsync(() => master.Connections >= Math.Max(_options.Workers, 1), "each worker is a front");
        await UntilAsync(() => StatusAsync().Result.GetProperty("master").GetString() == "up", "the master has been heard");
    }

    /// <summary>Checks the configuration; what nginx says if it is wrong, or null.</summary>
    internal string? Check()
    {
        using Process check = Start("-t");
        check.WaitForExit();
        return check.ExitCode == 0 ? null : Log;
    }

    /// <summary>Ends nginx as it ends by itself, and waits for it.</summary>
    internal Task StopAsync() => StopAsync(Pid, Quit);

    /// <summary>Ends the nginx that was started, whose pid may be in another file by now.</summary>
    internal async Task StopAsync(int pid, int signal)
    {
        Kill(pid, signal);
        await UntilAsync(() => !IsAlive(pid), "nginx has ended");
    }

    internal static void KillProcess(int pid) => Kill(pid, 9);

    internal void Signal(int signal) => Kill(Pid, signal);

    internal Task<string> GetAsync(string path = "/") => Client.GetStringAsync(new Uri(path, UriKind.Relative));

    internal Task<HttpResponseMessage> SendAsync(string path = "/") => Client.GetAsync(new Uri(path, UriKind.Relative));

    /// <summary>What uaas_status says, at /status.</summary>
    internal async Task<JsonElement> StatusAsync() => JsonDocument.Parse(await GetAsync("/status")).RootElement;

    /// <summary>Waits for what comes in its own time.</summary>
    internal static async Task UntilAsync(Func<bool> holds, string what)
    {
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (!holds())
        {
            Assert.True(Environment.TickCount64 < deadline, $"not so in time: {what}");
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_process is not null)
        {
            // As a daemon, and after a binary upgrade, it is another process than the one that was started.
            if (File.Exists(PidFile) && Pid is var pid && IsAlive(pid))
                await StopAsync(pid, Terminate);
            if (!_process.HasExited)
                await StopAsync(_process.Id, Terminate);
            _process.Dispose();
        }
        Directory.Delete(Folder, recursive: true);
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            // The state follows the name, which is in parentheses: proc(5).
            string status = File.ReadAllText($"/proc/{pid}/stat");
            return status[status.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            // It was not there, or went while it was read.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    private static string ReadShared(string path)
    {
        if (!File.Exists(path))
            return "";
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private Process Start(params string[] more)
    {
        string[] command = [.. _options.Wrapper ?? [], Paths.Nginx, "-p", Folder, "-c", Path.Combine(Folder, "nginx.conf"), "-e", Path.Combine(Folder, "error.log"), .. more];
        return Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = more.Length > 0 })!;
    }

    private string Configuration() =>
        $$"""
        load_module {{Paths.StreamModule}};
        load_module {{Paths.Modules}}/ngx_http_uaas_module.so;
        load_module {{Paths.Modules}}/ngx_stream_uaas_module.so;
        {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
        daemon {{(_options.Daemon ? "on" : "off")}};
        {{(_options.Workers == 0 ? "master_process off;" : $"worker_processes {_options.Workers};")}}
        pid {{Folder}}/nginx.pid;
        error_log {{Folder}}/error.log info;
        {{(_options.Main.Contains("uaas_master", StringComparison.Ordinal) ? "" : "uaas_master front.sock;")}}
        events { worker_connections 1024; }
        {{_options.Main.Replace("FOLDER", Folder, StringComparison.Ordinal)}}
        http {
            log_format uaas '$status $uaas_service $uaas_instance $uaas_cold_start_ms';
            access_log {{Folder}}/access.log uaas;
            client_body_temp_path {{Folder}}/body;
            proxy_temp_path {{Folder}}/proxy;
            fastcgi_temp_path {{Folder}}/fastcgi;
            uwsgi_temp_path {{Folder}}/uwsgi;
            scgi_temp_path {{Folder}}/scgi;
            client_max_body_size 0;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            server {
                listen unix:{{Folder}}/http.sock;
                location = /status { uaas_status; }
                {{_options.Locations}}
            }
        }

        """;
}
