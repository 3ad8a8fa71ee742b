// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using Uaas.Front.Logging;
using Uaas.Linux;

namespace Uaas.Cli.Serving;

/// <summary>What people say of the front that a daemon starts.</summary>
/// <param name="HttpsPort">The port for HTTPS; 0 takes any that is free; null for none.</param>
/// <param name="AccessLog">How requests are written down; null for not at all.</param>
internal sealed record FrontSettings(int? HttpsPort, AccessLogOptions? AccessLog)
{
    /// <summary>Whether what the daemon says and shows is for programs.</summary>
    internal bool LogsJson { get; init; }

    /// <summary>The port for HTTPS where uaas.yaml has certificates and nobody says another.</summary>
    internal const int DefaultHttpsPort = 8443;

    private const int BytesInMebibyte = 1 << 20;

    private static readonly Dictionary<string, AccessLogFormat> Formats = new(StringComparer.Ordinal)
    {
        ["common"] = AccessLogFormat.Common,
        ["combined"] = AccessLogFormat.Combined,
        ["json"] = AccessLogFormat.Json,
    };

    private static readonly Option<int?> Https = new("--https-port") { Description = $"The port that the front serves HTTPS on, with the certificates that uaas.yaml names in tls; 0 takes any that is free (default of uaas up: {DefaultHttpsPort} where there are some)", HelpName = "PORT" };
    private static readonly Option<string?> Log = new("--access-log") { Description = "Where the front writes requests down: a file, or - for standard output (default: nowhere)", HelpName = "FILE" };
    private static readonly Option<string> LogFormat = new("--access-log-format") { Description = "common, combined or json", DefaultValueFactory = _ => "combined", HelpName = "FORMAT" };
    private static readonly Option<int> LogSize = new("--access-log-size") { Description = "A log that has grown to so many MiB is put aside for a new one", DefaultValueFactory = _ => 64, HelpName = "MB" };
    private static readonly Option<string> DaemonFormat = new("--log-format") { Description = "What the daemon says on standard error: text, or json for programs", DefaultValueFactory = _ => "text", HelpName = "FORMAT" };
    private static readonly Option<int> LogKept = new("--access-log-keep") { Description = "So many logs that were put aside are kept", DefaultValueFactory = _ => 4, HelpName = "N" };

    /// <summary>The options that say it.</summary>
    internal static IReadOnlyList<Option> Options => [Https, Log, LogFormat, LogSize, LogKept, DaemonFormat];

    /// <summary>Reads them.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="hasCertificates">Whether HTTPS is wanted where nobody says so.</param>
    /// <exception cref="UaasException">One makes no sense.</exception>
    internal static FrontSettings Read(ParseResult arguments, bool hasCertificates)
    {
        int? port = arguments.GetValue(Https) ?? (hasCertificates ? DefaultHttpsPort : null);
        if (port is < 0 or > ushort.MaxValue)
            throw new UaasException(Failure.Usage, $"--https-port is from 0 to 65535, not {port}");
        if (arguments.GetValue(DaemonFormat) is not ("text" or "json"))
            throw new UaasException(Failure.Usage, $"--log-format is text or json, not '{arguments.GetValue(DaemonFormat)}'");
        DaemonLog.IsJson = arguments.GetValue(DaemonFormat) == "json";
        return new FrontSettings(port, ReadLog(arguments)) { LogsJson = DaemonLog.IsJson };
    }

    private static AccessLogOptions? ReadLog(ParseResult arguments)
    {
        if (arguments.GetValue(Log) is not { Length: > 0 } path)
            return null;
        if (!Formats.TryGetValue(arguments.GetValue(LogFormat)!, out AccessLogFormat format))
            throw new UaasException(Failure.Usage, $"--access-log-format is one of {string.Join(", ", Formats.Keys)}, not '{arguments.GetValue(LogFormat)}'");
        if (arguments.GetValue(LogSize) is < 1 or > 1 << 20)
            throw new UaasException(Failure.Usage, "--access-log-size is from 1 to 1048576 (MiB)");
        if (arguments.GetValue(LogKept) is < 0 or > 1000)
            throw new UaasException(Failure.Usage, "--access-log-keep is from 0 to 1000");
        if (path != AccessLogOptions.StandardOutput)
        {
            path = Path.GetFullPath(path);
            if (!Directory.Exists(Path.GetDirectoryName(path)))
                throw new UaasException(Failure.Usage, $"there is no directory {Path.GetDirectoryName(path)} for the access log", "make it, or name another file with --access-log");
        }
        return new AccessLogOptions { Path = path, Format = format, MaxBytes = (long)arguments.GetValue(LogSize) * BytesInMebibyte, Kept = arguments.GetValue(LogKept) };
    }
}
