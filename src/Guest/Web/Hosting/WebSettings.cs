// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Platform;

namespace Uaas.Web;

/// <summary>
/// The service's settings: what <c>env:</c> and <c>secrets:</c> of uaas.yaml say, by name. They come off every command line, and stay in memory that nothing can write.
/// A value may be kept as a span, or asked for again: there is nothing to wait for.
/// </summary>
public static class WebSettings
{
    /// <summary>How many there are.</summary>
    public static int Count => Table().Count;

    /// <summary>The value of that name; false where it was not given.</summary>
    public static bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value) => Table().TryGet(name, out value);

    /// <summary>The value of that name, or <paramref name="instead"/> where it was not given.</summary>
    public static ReadOnlySpan<byte> Get(ReadOnlySpan<byte> name, ReadOnlySpan<byte> instead) => TryGet(name, out ReadOnlySpan<byte> value) ? value : instead;

    /// <summary>Whether what the host gave can be read. <see cref="WebService"/> asks once, before anything else.</summary>
    internal static bool AreWhole() => SettingsTable.TryRead(Machine.Settings, out _);

    // Checked when the service started: it cannot fail here, and costs a walk over some names.
    private static SettingsTable Table()
    {
        SettingsTable.TryRead(Machine.Settings, out SettingsTable table);
        return table;
    }
}
