// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Uaas.Master.Storage;

namespace Uaas.Master.Api;

/// <summary>
/// A request that changes something may have an <c>Idempotency-Key</c>: sent again with the same key within a day, it is answered as it was the first time and does nothing.
/// The key of another request is refused.
/// </summary>
internal static class Idempotency
{
    private const string Header = "Idempotency-Key";
    private const int LongestKey = 128;

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    /// <summary>Whether a path is for requests with a key. What is answered is kept as it was, and a token is not to be kept; one of the same name cannot be made twice.</summary>
    internal static bool IsFor(PathString path) => !path.StartsWithSegments("/v1/tokens", StringComparison.OrdinalIgnoreCase);

    internal static async Task ApplyAsync(HttpContext context, RequestDelegate next, ApiServices api)
    {
        string? key = context.Request.Headers[Header];
        if (key is null || HttpMethods.IsGet(context.Request.Method) || !IsFor(context.Request.Path))
        {
            await next(context).ConfigureAwait(false);
            return;
        }
        if (key.Length is 0 or > LongestKey)
        {
            await Problems.Bad($"{Header} is of 1 to {LongestKey} characters", "choose another key").ExecuteAsync(context).ConfigureAwait(false);
            return;
        }
        string hash = await HashAsync(context.Request).ConfigureAwait(false);
        using var body = new MemoryStream();
        StoredAnswer? answer;

        // One that is sent again while the first is under way waits for that one's answer.
        SemaphoreSlim turn = api.TurnOf(key);
        await turn.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        try
        {
            answer = api.Store.FindAnswer(key);
            if (answer is null)
                await RecordAsync(context, next, api, key, hash, body).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
        if (answer is not null)
            await RepeatAsync(context, answer, hash).ConfigureAwait(false);
        else
            await body.CopyToAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task RepeatAsync(HttpContext context, StoredAnswer answer, string hash)
    {
        if (answer.RequestHash != hash)
        {
            await Problems.Of(StatusCodes.Status409Conflict, "conflict", $"this {Header} was another request's", "choose a key for each request").ExecuteAsync(context).ConfigureAwait(false);
            return;
        }
        context.Response.StatusCode = answer.Status;
        if (answer.ETag is not null)
            context.Response.Headers.ETag = answer.ETag;
        if (answer.Body.Length == 0)
            return;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(answer.Body, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task RecordAsync(HttpContext context, RequestDelegate next, ApiServices api, string key, string hash, MemoryStream body)
    {
        Stream client = context.Response.Body;
        context.Response.Body = body;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            context.Response.Body = client;
        }
        if (context.Response.StatusCode < StatusCodes.Status400BadRequest)
        {
            DateTimeOffset now = api.Clock.GetUtcNow();
            var answer = new StoredAnswer(hash, context.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()),
                context.Response.Headers.ETag is [{ } etag] ? etag : null);
            api.Store.Change(change => change.Keep(key, answer, now, now - KeptFor));
        }
        body.Position = 0;
    }

    private static async Task<string> HashAsync(HttpRequest request)
    {
        request.EnableBuffering();
        byte[] hash = await SHA256.HashDataAsync(request.Body, request.HttpContext.RequestAborted).ConfigureAwait(false);
        request.Body.Position = 0;
        return $"{request.Method} {request.Path} {Convert.ToHexStringLower(hash)}";
    }
}
