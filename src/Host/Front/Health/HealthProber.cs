// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Front.Health;

/// <summary>
/// Asks instances how they are, for services that want it (<c>health.interval</c>): one that fails some times in a row gets no requests as long as there is another, and the master is
/// told, which replaces it. Where no service wants it, nothing is done.
/// </summary>
/// <param name="table">What there is.</param>
/// <param name="client">The way to instances.</param>
/// <param name="sayUnhealthy">Tells the master of an instance.</param>
internal sealed class HealthProber(FrontTable table, HttpMessageInvoker client, Action<string> sayUnhealthy) : IDisposable
{
    private const int MaxAtOnce = 64;
    private const int LongestAnswerSeconds = 5;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _free = new(MaxAtOnce);
    private readonly CancellationTokenSource _stop = new();
    private int _isRunning;

    /// <summary>Services have come or changed.</summary>
    internal void Look()
    {
        if (table.Services.Any(service => service.Settings.Health is not null) && Interlocked.Exchange(ref _isRunning, 1) == 0)
            _ = RunAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Cancel();

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested && table.Services.Any(service => service.Settings.Health is not null))
        {
            foreach (ServiceGate service in table.Services)
            {
                if (service.Settings.Health is { } health)
                    Begin(service, health);
            }
            await Task.Delay(LookEvery, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        Volatile.Write(ref _isRunning, 0);
        if (!_stop.IsCancellationRequested)
            Look();
    }

    private void Begin(ServiceGate service, HealthCheck health)
    {
        foreach (KnownInstance instance in service.Instances)
        {
            if (instance.IsCold || instance.IsDraining || !instance.Probe.IsDue(health.Every) || !_free.Wait(0))
                continue;
            _ = AskAsync(instance, health);
        }
    }

    private async Task AskAsync(KnownInstance instance, HealthCheck health)
    {
        try
        {
            bool isWell = await AnswersAsync(instance, health).ConfigureAwait(false);
            if (instance.Gone.IsCancellationRequested || instance.IsDraining)
                return;
            if (isWell && instance.Probe.Succeed())
                instance.NoteSuccess();
            else if (!isWell && instance.Probe.Fail() == health.Failures)
            {
                instance.NoteUnwell();
                sayUnhealthy(instance.Id);
            }
        }
        finally
        {
            instance.Probe.End();
            _free.Release();
        }
    }

    private async Task<bool> AnswersAsync(KnownInstance instance, HealthCheck health)
    {
        using var within = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, instance.Gone);
        within.CancelAfter(TimeSpan.FromSeconds(Math.Min(health.Every.TotalSeconds, LongestAnswerSeconds)));
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, instance.Prefix + health.Path) { Version = HttpVersion.Version11 };
            request.Headers.UserAgent.ParseAdd("uaas-health");
            using HttpResponseMessage response = await client.SendAsync(request, within.Token).ConfigureAwait(false);
            return (int)response.StatusCode < 500;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
