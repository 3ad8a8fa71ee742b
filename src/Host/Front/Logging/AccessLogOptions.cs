// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Front.Logging;

/// <summary>The form of a line of the access log.</summary>
public enum AccessLogFormat
{
    /// <summary>NCSA's Common Log Format.</summary>
    Common,

    /// <summary>The same with referrer and user agent, as nginx and Apache write it.</summary>
    Combined,

    /// <summary>A JSON object, with service, instance and times besides.</summary>
    Json,
}

/// <summary>Where requests are written down, and how.</summary>
public sealed record AccessLogOptions
{
    /// <summary>In place of a path: standard output.</summary>
    public const string StandardOutput = "-";

    /// <summary>Path of the file, or <see cref="StandardOutput"/>.</summary>
    public required string Path { get; init; }

    /// <summary>The form of a line.</summary>
    public AccessLogFormat Format { get; init; } = AccessLogFormat.Combined;

    /// <summary>A file that has grown to so many bytes is put aside for a new one.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>So many files that were put aside are kept.</summary>
    public int Kept { get; init; } = 4;
}
