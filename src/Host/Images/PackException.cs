// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Host.Images;

/// <summary>Content cannot be packed. The message is for a person: it names the file or the line and says what to do.</summary>
public sealed class PackException : Exception
{
    /// <summary>An exception with the message to print.</summary>
    public PackException(string message) : base(message)
    {
    }

    /// <summary>An exception with the message to print, and what led to it.</summary>
    public PackException(string message, Exception cause) : base(message, cause)
    {
    }

    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Says what a failed access to a file means.</summary>
    internal static PackException From(Exception cause, string path) => cause switch
    {
        PackException pack => pack,
        IOException { HResult: NoSpaceLeft or QuotaExceeded } => new(
            $"no space left to write {path}: free some, or choose another place for the image", cause),
        UnauthorizedAccessException => new($"{path} may not be read: change its permissions, or move it out of the content", cause),
        FileNotFoundException or DirectoryNotFoundException => new($"{path} does not exist any more: was it removed while it was packed?", cause),
        _ => new($"{path}: {cause.Message}", cause),
    };
}
