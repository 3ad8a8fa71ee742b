// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>
/// Serves a content image as a web site, by the rules packed with it. <c>docs/http.md</c> says what it does; how a file is sent is
/// <see cref="FileResponder"/>'s part.
/// </summary>
public sealed class StaticSite : HttpHandler
{
    /// <summary>Most bytes of a Location that we make: it has to fit the response's head.</summary>
    private const int MaxLocation = 1400;

    private readonly ContentImage _image;
    private readonly SiteRules _rules;
    private readonly FileResponder _files;
    private readonly byte[] _scratch = new byte[MaxScratch];

    private const int MaxScratch = ContentFormat.MaxPathLength + RulesFormat.MaxSuffixLength;

    private static ReadOnlySpan<byte> AllowedMethods => "GET, HEAD, OPTIONS"u8;

    /// <summary>Serves <paramref name="image"/>.</summary>
    /// <param name="image">The content.</param>
    /// <param name="rules">Its rules section, parsed.</param>
    /// <param name="clock">The server's time.</param>
    public StaticSite(ContentImage image, SiteRules rules, HttpClock clock)
    {
        _image = image;
        _rules = rules;
        _files = new FileResponder(rules, clock);
    }

    /// <inheritdoc/>
    public override bool TakesContent => false;

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        switch (request.Method)
        {
            case HttpMethod.Get or HttpMethod.Head:
                Serve(request, response);
                break;
            case HttpMethod.Options:
                DescribeOptions(request, response);
                break;
            default:
                Refuse(request, response);
                break;
        }
    }

    private void Serve(in HttpRequest request, HttpResponse response)
    {
        if (request.ReadPath(out RequestPath path) != RequestPathResult.Ok)
        {
            SendError(HttpStatus.BadRequest, response);
            return;
        }

        ReadOnlySpan<byte> key = KeyOf(path);
        switch (_image.Find(key, out ContentEntry entry))
        {
            case ContentResult.Ok:
                ServeEntry(request, response, path, key, entry);
                break;
            case ContentResult.NotFound:
                ServeMissing(request, response, path, key);
                break;
            default:
                SendError(HttpStatus.InternalServerError, response);
                break;
        }
    }

    private void ServeEntry(in HttpRequest request, HttpResponse response, in RequestPath path, ReadOnlySpan<byte> key, in ContentEntry entry)
    {
        switch (entry.Kind)
        {
            case ContentEntryKind.File when !path.IsDirectory:
                _files.Send(request, response, entry, varies: false);
                break;
            case ContentEntryKind.Directory when path.IsDirectory:
                ServeDirectory(request, response, path, key, entry);
                break;
            case ContentEntryKind.Directory:
                RedirectToDirectory(request, response, key, entry.Policy);
                break;
            case ContentEntryKind.Redirect or ContentEntryKind.PrefixRedirect:
                Redirect(request, response, entry, default);
                break;
            default:
                ServeMissing(request, response, path, key);
                break;
        }
    }

    private void ServeDirectory(in HttpRequest request, HttpResponse response, in RequestPath path, ReadOnlySpan<byte> key, in ContentEntry directory)
    {
        bool hasListing = !directory.DirectoryJson.IsNone;
        ContentEntryId page = hasListing && Negotiation.PrefersJson(request) ? directory.DirectoryJson : directory.DirectoryPage;
        switch (_image.Open(page, out ContentEntry entry))
        {
            case ContentResult.Ok when entry.Kind == ContentEntryKind.File:
                _files.Send(request, response, entry, varies: hasListing);
                break;
            case ContentResult.NotFound:
                ServeMissing(request, response, path, key);
                break;
            default:
                SendError(HttpStatus.InternalServerError, response);
                break;
        }
    }

    /// <summary>Nothing is under the path itself: it may have moved with what was around it, or have a fallback.</summary>
    private void ServeMissing(in HttpRequest request, HttpResponse response, in RequestPath path, ReadOnlySpan<byte> key)
    {
        ContentResult result = FindGoverning(key, out int policyNumber, out int movedLength);
        if (result == ContentResult.Ok && movedLength >= 0)
        {
            if (_image.Find(key.Slice(0, movedLength), out ContentEntry moved) == ContentResult.Ok)
            {
                Redirect(request, response, moved, path.Bytes.Slice(1 + movedLength));
                return;
            }
        }

        if (result != ContentResult.Ok)
        {
            SendError(HttpStatus.InternalServerError, response);
            return;
        }

        SitePolicy policy = _rules.Policy(policyNumber);
        for (int i = 0; i < policy.FallbackCount; i++)
        {
            if (TryFallback(path, key, _rules.Fallback(policy.FirstFallback + i), out ContentEntry entry))
            {
                _files.Send(request, response, entry, varies: false);
                return;
            }
        }

        SendError(HttpStatus.NotFound, response);
    }

    private bool TryFallback(in RequestPath path, ReadOnlySpan<byte> key, in SiteFallback fallback, out ContentEntry entry)
    {
        entry = default;
        if (!fallback.Entry.IsNone)
        {
            return _image.Open(fallback.Entry, out entry) == ContentResult.Ok && entry.Kind == ContentEntryKind.File;
        }

        ReadOnlySpan<byte> suffix = _rules.Text(fallback.Suffix);
        if (path.IsDirectory || key.Length > ContentFormat.MaxPathLength)
        {
            return false;
        }

        key.CopyTo(_scratch);
        suffix.CopyTo(_scratch.AsSpan(key.Length));
        return _image.Find(_scratch.AsSpan(0, key.Length + suffix.Length), out entry) == ContentResult.Ok && entry.Kind == ContentEntryKind.File;
    }

    /// <summary>
    /// Finds what governs a path that nothing is under: the directory nearest above it, or a prefix that has moved (then
    /// <paramref name="movedLength"/>, otherwise -1, is that prefix's length). It costs one lookup for each directory that exists and one for the first
    /// that does not, however long the path is.
    /// </summary>
    private ContentResult FindGoverning(ReadOnlySpan<byte> key, out int policy, out int movedLength)
    {
        policy = -1;
        movedLength = -1;
        int length = 0;
        while (true)
        {
            ContentResult result = _image.Find(key.Slice(0, length), out ContentEntry entry);
            if (result != ContentResult.Ok)
            {
                return result == ContentResult.NotFound ? ContentResult.Ok : result;
            }

            if (entry.Kind == ContentEntryKind.PrefixRedirect)
            {
                movedLength = length;
                return ContentResult.Ok;
            }

            if (entry.Kind != ContentEntryKind.Directory || length == key.Length)
            {
                return ContentResult.Ok;
            }

            policy = entry.Policy;
            int start = length == 0 ? 0 : length + 1;
            int slash = key.Slice(start).IndexOf((byte)'/');
            length = slash < 0 ? key.Length : start + slash;
        }
    }

    private void RedirectToDirectory(in HttpRequest request, HttpResponse response, ReadOnlySpan<byte> key, int policy)
    {
        Span<byte> room = stackalloc byte[MaxLocation];
        TextWriter location = new(room);
        location.Write("/"u8);
        location.WritePath(key);
        location.Write("/"u8);
        SendRedirect(request, response, HttpStatus.MovedPermanently, ref location, policy);
    }

    private void Redirect(in HttpRequest request, HttpResponse response, in ContentEntry entry, ReadOnlySpan<byte> rest)
    {
        Span<byte> room = stackalloc byte[MaxLocation];
        TextWriter location = new(room);
        ReadOnlySpan<byte> target = entry.RedirectTarget;
        location.Write(target);

        // The rest starts with the slash that the target of a prefix may end with.
        location.WritePath(rest.Length != 0 && target[^1] == '/' ? rest.Slice(1) : rest);
        SendRedirect(request, response, (HttpStatus)entry.RedirectStatus, ref location, entry.Policy);
    }

    private void SendRedirect(in HttpRequest request, HttpResponse response, HttpStatus status, ref TextWriter location, int policy)
    {
        if (request.HasQuery && location.Written.IndexOf((byte)'?') < 0)
        {
            location.Write("?"u8);
            location.Write(request.Query);
        }

        if (location.Overflowed)
        {
            SendError(HttpStatus.UriTooLong, response);
            return;
        }

        response.Start(status);
        response.AddHeader("Location"u8, location.Written);
        _files.AddPolicy(request, response, _rules.Policy(policy));
        response.SendPhrase();
    }

    /// <summary>OPTIONS: what may be done with a path, and the answer to a browser that asks before it lets another site's page read it.</summary>
    private void DescribeOptions(in HttpRequest request, HttpResponse response)
    {
        response.Start(HttpStatus.NoContent);
        response.AddHeader("Allow"u8, AllowedMethods);
        if (request.TargetForm != TargetForm.Asterisk && request.Has(HeaderName.Origin) && request.Has(HeaderName.AccessControlRequestMethod)
            && request.ReadPath(out RequestPath path) == RequestPathResult.Ok)
        {
            SitePolicy policy = _rules.Policy(PolicyOf(KeyOf(path)));
            if (_files.AddCors(request, response, policy))
            {
                response.AddLines(_rules.Text(policy.Preflight));
            }
        }

        response.SendEmpty();
    }

    /// <summary>The number of the policy of what a path names, or would if it existed; -1 when that cannot be found out.</summary>
    private int PolicyOf(ReadOnlySpan<byte> key)
    {
        if (_image.Find(key, out ContentEntry entry) == ContentResult.Ok)
        {
            return entry.Policy;
        }

        FindGoverning(key, out int policy, out _);
        return policy;
    }

    private void Refuse(in HttpRequest request, HttpResponse response)
    {
        bool isKnown = request.Method != HttpMethod.Unknown;
        HttpStatus status = isKnown ? HttpStatus.MethodNotAllowed : HttpStatus.NotImplemented;
        response.Start(status);
        if (isKnown)
        {
            response.AddHeader("Allow"u8, AllowedMethods);
        }

        SendErrorPage(status, response);
    }

    private void SendError(HttpStatus status, HttpResponse response)
    {
        response.Start(status);
        SendErrorPage(status, response);
    }

    /// <summary>Sends the site's page for an error, or else the status's name as text.</summary>
    private void SendErrorPage(HttpStatus status, HttpResponse response)
    {
        if (_image.Open(_rules.ErrorPage((int)status), out ContentEntry page) == ContentResult.Ok && page.Kind == ContentEntryKind.File)
        {
            _files.SendErrorPage(response, page);
        }
        else
        {
            response.SendPhrase();
        }
    }

    /// <summary>What a path is called in the image: no slash at either end.</summary>
    private static ReadOnlySpan<byte> KeyOf(in RequestPath path)
    {
        ReadOnlySpan<byte> bytes = path.Bytes;
        int end = path.IsDirectory ? bytes.Length - 1 : bytes.Length;
        return end < 1 ? default : bytes.Slice(1, end - 1);
    }
}
