// SPDX-License-Identifier: Apache-2.0

using Uaas.Linux;

namespace Uaas.Host.Images.Store;

/// <summary>Says what a failed access to the store means to a person.</summary>
internal static class StoreErrors
{
    private const int QuotaExceeded = 122;

    internal static void Explain(string place, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Of(e, place);
        }
    }

    internal static UaasException Of(Exception cause, string place) => cause switch
    {
        IOException { HResult: Errno.NoSpace or QuotaExceeded } =>
            new UaasException(Failure.Disk, $"no space left in {place}", "free some, or name another store: UAAS_STORE=FOLDER", cause),
        UnauthorizedAccessException => new UaasException(Failure.Privilege, $"this user may not write to {place}", "name another store: UAAS_STORE=FOLDER", cause),
        _ => new UaasException(Failure.Image, $"{place}: {cause.Message}", null, cause),
    };
}
