// SPDX-License-Identifier: Apache-2.0

using System;
using System.CommandLine;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Control;

namespace Uaas.Cli.Verbs;

/// <summary>Waiting for the end of a rollout.</summary>
internal static class Rollout
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    internal static readonly Option<bool> Wait = new("--wait") { Description = "Wait until the rollout has ended; where it has failed, so does this" };

    /// <summary>Waits until the revision of a service that is wanted now runs.</summary>
    /// <exception cref="UaasException">It was given up, or does not come up; or Ctrl-C.</exception>
    internal static async Task WaitAsync(ApiClient api, string path, CancellationToken cancellation)
    {
        int? awaited = null;
        try
        {
            while (true)
            {
                ServiceView service = await api.GetAsync(path, ApiJson.Default.ServiceView, cancellation).ConfigureAwait(false);
                awaited ??= service.Wanted;
                if (Failed(service, awaited.Value) is { } failed)
                    throw failed;
                if (service.Wanted != awaited || IsDone(service))
                    return;
                await Task.Delay(LookEvery, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new UaasException(Failure.Interrupted, "not waited for any more; the rollout goes on");
        }
    }

    // A service that nobody asks for has no instance that could show whether its revision is any good.
    private static bool IsDone(ServiceView service) =>
        service.Revisions.FirstOrDefault(revision => revision.Number == service.Wanted)?.State != "progressing" || service is { Desired: 0, Ready: 0, Starting: 0, Leaving: 0 };

    private static UaasException? Failed(ServiceView service, int awaited)
    {
        string remedy = $"uaas describe {service.Name} shows the last lines of its console";
        if (service.Revisions.FirstOrDefault(revision => revision.Number >= awaited && revision.State == "failed") is { } failed)
            return new UaasException(Failure.Boot, $"{service.Name}: revision {failed.Number} was given up for {service.Wanted}: {failed.Reason}", remedy);
        return service.State == "crash-loop" ? new UaasException(Failure.Boot, $"{service.Name} does not come up: {service.LastFailure?.Message}", remedy) : null;
    }
}
