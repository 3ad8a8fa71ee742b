// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Content;

/// <summary>The numbers of the rules section, which <c>docs/content-format.md</c> explains. It is read from front to back.</summary>
internal static class RulesFormat
{
    /// <summary>The one version there is.</summary>
    internal const int Version = 3;

    internal const int AccessLogOff = 0;
    internal const int AccessLogCombined = 1;
    internal const int AccessLogCommon = 2;
    internal const int AccessLogJson = 3;

    internal const int MaxErrorPages = 64;
    internal const int MaxPolicies = 1024;
    internal const int MaxFallbacks = 8;
    internal const int MaxSuffixLength = 64;

    /// <summary>Bytes of a policy's fields at most: they share the response's head with those of the file.</summary>
    internal const int MaxHeadersLength = 1024;

    /// <summary>Bytes of the keys of streams at most.</summary>
    internal const int MaxStreamKeysLength = 8192;

    /// <summary>Bytes of the settings of images at most.</summary>
    internal const int MaxImageSettingsLength = 8192;

    internal const int NoExpires = -1;

    internal const byte FallbackSuffix = 0;
    internal const byte FallbackEntry = 1;

    internal const byte CorsNone = 0;
    internal const byte CorsAny = 1;
    internal const byte CorsListed = 2;
}
