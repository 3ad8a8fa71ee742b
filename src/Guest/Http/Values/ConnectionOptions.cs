// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>What a Connection field asks for (RFC 9110, 7.6.1; RFC 9112, 9.3).</summary>
[Flags]
public enum ConnectionOptions : byte
{
    /// <summary>Nothing that matters here.</summary>
    None = 0,

    /// <summary>"close".</summary>
    Close = 1,

    /// <summary>"keep-alive".</summary>
    KeepAlive = 2,

    /// <summary>"upgrade".</summary>
    Upgrade = 4,
}

/// <summary>Reads Connection fields.</summary>
public static class ConnectionOptionsReader
{
    /// <summary>The options in one field value.</summary>
    public static ConnectionOptions Read(ReadOnlySpan<byte> value)
    {
        ConnectionOptions options = ConnectionOptions.None;
        ListReader list = new(value);
        while (list.TryNext(out ReadOnlySpan<byte> token))
        {
            if (Ascii.EqualsIgnoreCase(token, "close"u8)) options |= ConnectionOptions.Close;
            else if (Ascii.EqualsIgnoreCase(token, "keep-alive"u8)) options |= ConnectionOptions.KeepAlive;
            else if (Ascii.EqualsIgnoreCase(token, "upgrade"u8)) options |= ConnectionOptions.Upgrade;
        }

        return options;
    }
}
