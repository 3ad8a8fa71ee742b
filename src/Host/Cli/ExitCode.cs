// SPDX-License-Identifier: Apache-2.0

using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>The command's exit codes; docs/cli.md lists them for people.</summary>
internal static class ExitCode
{
    internal const int Ok = 0;
    internal const int Usage = 2;
    internal const int Content = 10;
    internal const int Port = 11;
    internal const int Privilege = 12;
    internal const int Monitor = 13;
    internal const int NotBuilt = 14;
    internal const int Boot = 15;
    internal const int Memory = 16;
    internal const int Disk = 17;
    internal const int Lost = 18;
    internal const int NodeKilled = 19;
    internal const int Different = 20;
    internal const int Image = 21;
    internal const int Registry = 22;
    internal const int Configuration = 23;
    internal const int Daemon = 24;
    internal const int NotFound = 25;
    internal const int Conflict = 26;
    internal const int InUse = 27;
    internal const int Internal = 70;
    internal const int Interrupted = 130;

    /// <summary>Whether a code is that of a failure that a person can act on, and has been told of.</summary>
    internal static bool IsKnownFailure(int code) => code is Usage or (>= Content and <= Conflict);

    /// <summary>The code of a failure.</summary>
    internal static int Of(Failure failure) => failure switch
    {
        Failure.Usage => Usage,
        Failure.Content => Content,
        Failure.Port => Port,
        Failure.Privilege => Privilege,
        Failure.Monitor => Monitor,
        Failure.NotBuilt => NotBuilt,
        Failure.Boot => Boot,
        Failure.Memory => Memory,
        Failure.Disk => Disk,
        Failure.Lost => Lost,
        Failure.NodeKilled => NodeKilled,
        Failure.Different => Different,
        Failure.Image => Image,
        Failure.Registry => Registry,
        Failure.Configuration => Configuration,
        Failure.Daemon => Daemon,
        Failure.NotFound => NotFound,
        Failure.Conflict => Conflict,
        Failure.InUse => InUse,
        Failure.Interrupted => Interrupted,
        _ => Internal,
    };
}
