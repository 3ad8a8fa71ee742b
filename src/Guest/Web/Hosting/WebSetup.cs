// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Http.Static;
using Uaas.Net;
using Uaas.Platform;
using Uaas.Service;

namespace Uaas.Web;

/// <summary>What <see cref="WebService.Setup"/> makes a service of. What is wrong is told on the log, all of it, and the guest does not start.</summary>
public sealed class WebSetup
{
    private const int MaxJobs = 16;

    private readonly RouteTable _routes = new();
    private readonly WebLimits _limits;
    private readonly HttpClock _clock;
    private readonly NetworkStack _network;
    private readonly WebJob?[] _jobs = new WebJob?[MaxJobs];
    private int _jobCount;
    private int _clients;
    private bool _streams;

    internal WebSetup(WebLimits limits, HttpClock clock, NetworkStack network)
    {
        _network = network;
        _limits = limits;
        _clock = clock;
        Scheduler = new FlowScheduler(limits.MaxRequests + MaxJobs);
        Dispatcher = new WebDispatcher(_routes, Scheduler, limits);
    }

    /// <summary>Whether nothing was wrong.</summary>
    internal bool Succeeded { get; private set; } = true;

    internal FlowScheduler Scheduler { get; }

    internal WebDispatcher Dispatcher { get; }

    /// <summary>The server's bounds: its content is the larger of what routes take.</summary>
    internal HttpLimits HttpLimits => _limits.Http.WithBody(_streams ? Math.Max(_limits.MaxContent, _limits.MaxStreamedContent) : _limits.MaxContent);

    /// <summary>Answers GET and HEAD of paths of a pattern: literal segments, "{name}" for one segment, "{*name}" for the rest, as in "/items/{id}".</summary>
    public void Get(ReadOnlySpan<byte> pattern, WebHandler handler) => Add(HttpMethod.Get, pattern, handler, ContentMode.Whole);

    /// <summary>Answers POST; the handler runs when all content is there.</summary>
    public void Post(ReadOnlySpan<byte> pattern, WebHandler handler) => Add(HttpMethod.Post, pattern, handler, ContentMode.Whole);

    /// <summary>Answers PUT; the handler runs when all content is there.</summary>
    public void Put(ReadOnlySpan<byte> pattern, WebHandler handler) => Add(HttpMethod.Put, pattern, handler, ContentMode.Whole);

    /// <summary>Answers PATCH; the handler runs when all content is there.</summary>
    public void Patch(ReadOnlySpan<byte> pattern, WebHandler handler) => Add(HttpMethod.Patch, pattern, handler, ContentMode.Whole);

    /// <summary>Answers DELETE.</summary>
    public void Delete(ReadOnlySpan<byte> pattern, WebHandler handler) => Add(HttpMethod.Delete, pattern, handler, ContentMode.Whole);

    /// <summary>Answers a method; the handler runs when the head is there, and reads content as it arrives (<see cref="WebRequest.MoreContent"/>).</summary>
    public void Stream(HttpMethod method, ReadOnlySpan<byte> pattern, WebHandler handler)
    {
        _streams = true;
        Add(method, pattern, handler, ContentMode.Streamed);
    }

    /// <summary>Runs a job again and again, first after the interval. A run that takes longer delays the next.</summary>
    /// <param name="interval">From the end of one run to the start of the next, in nanoseconds; at least a millisecond.</param>
    /// <param name="job">The job.</param>
    public void Every(long interval, WebJobHandler job)
    {
        if (_jobCount == MaxJobs) Fail("too_many_jobs"u8, default, "a service has at most 16"u8);
        else _jobs[_jobCount++] = new WebJob(Scheduler, _limits.RequestMemory, interval, job);
    }

    /// <summary>
    /// Serves the content image on the block device <c>content</c> where no route does, as a web site by the rules packed with it (docs/http.md). The project names
    /// the device: UnikernelBlock. <c>cache=KIB</c> bounds what is kept of it in memory.
    /// </summary>
    public void Files()
    {
        SiteContent content = new();
        content.Open(new BootArguments(Machine.CommandLine));
        if (content.TryBegin(_network)) Dispatcher.Fallback = new StaticSite(content.Image!, content.Rules, _clock);
        else Succeeded = false;
    }

    /// <summary>Calls another service. <see cref="WebLimits.MaxClients"/> says how many there can be.</summary>
    /// <param name="host">127.0.0.1 for what is linked, a name that the node knows, or an address.</param>
    /// <param name="port">The port; of 127.0.0.1, the one that <c>link=</c> names.</param>
    public WebClient Client(ReadOnlySpan<byte> host, ushort port)
    {
        if (_clients++ == _limits.MaxClients) Fail("too_many_clients"u8, host, "raise WebLimits.MaxClients"u8);
        return new WebClient(_network.Dialer, _clock, _limits, host, port);
    }

    /// <summary>The value of a boot argument whose key <see cref="WebService.OwnArguments"/> names; false where it was not given.</summary>
    public bool TryArgument(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value) => new BootArguments(Machine.CommandLine).TryGet(key, out value);

    /// <summary>The number that a boot argument has, or <paramref name="instead"/> where it was not given. Anything else but <paramref name="least"/> to <paramref name="most"/> stops the guest.</summary>
    public long Number(ReadOnlySpan<byte> key, long least, long most, long instead)
    {
        if (!TryArgument(key, out ReadOnlySpan<byte> text)) return instead;
        if (ArgumentValue.TryParseNumber(text, long.MaxValue, out ulong number) && (long)number >= least && (long)number <= most) return (long)number;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "bad_argument"u8);
        line.Field(key, text);
        line.Field("least"u8, least);
        line.Field("most"u8, most);
        line.Write();
        Succeeded = false;
        return instead;
    }

    /// <summary>The setting of that name (<see cref="WebSettings"/>). Where it was not given, the guest says so and does not start.</summary>
    public ReadOnlySpan<byte> Setting(ReadOnlySpan<byte> name)
    {
        if (WebSettings.TryGet(name, out ReadOnlySpan<byte> value)) return value;
        Fail("missing_setting"u8, name, "give it in env: or secrets: of uaas.yaml"u8);
        return default;
    }

    /// <summary>Says on the log why the service cannot start. It will not.</summary>
    /// <param name="what">A word for what is wrong.</param>
    /// <param name="word">The text that it hangs on; empty for none.</param>
    /// <param name="hint">What to do.</param>
    public void Fail(ReadOnlySpan<byte> what, ReadOnlySpan<byte> word, ReadOnlySpan<byte> hint)
    {
        Log line = Log.Error(stackalloc byte[Log.LineMax], what);
        if (!word.IsEmpty) line.Field("word"u8, word);
        line.Hint(hint);
        line.Write();
        Succeeded = false;
    }

    /// <summary>The access log that <c>log=common</c>, <c>log=combined</c> or <c>log=json</c> asks for; null where there is to be none.</summary>
    internal AccessLog? CreateLog()
    {
        if (!TryArgument("log"u8, out ReadOnlySpan<byte> format) || format.SequenceEqual("off"u8)) return null;
        bool isJson = format.SequenceEqual("json"u8);
        bool isCombined = format.SequenceEqual("combined"u8);
        if (!isJson && !isCombined && !format.SequenceEqual("common"u8)) Fail("bad_argument"u8, format, "log= takes off, common, combined or json"u8);
        AccessLogFormat kind = isJson ? AccessLogFormat.Json : isCombined ? AccessLogFormat.Combined : AccessLogFormat.Common;
        return new AccessLog(new ConsoleLog(), _clock, kind, _limits.Http.MaxConnections + _limits.Http.MaxOverloadConnections);
    }

    internal void StartJobs()
    {
        for (int i = 0; i < _jobCount; i++) _jobs[i]!.Schedule();
    }

    private void Add(HttpMethod method, ReadOnlySpan<byte> pattern, WebHandler handler, ContentMode content)
    {
        RoutePattern? parsed = RoutePattern.Read(pattern);
        if (parsed is null) Fail("bad_route"u8, pattern, "a pattern is /literal/{name}/{*rest}: at most 16 segments and 8 parameters of different names"u8);
        else if (!_routes.TryAdd(new Route(method, parsed, handler, content))) Fail("bad_route"u8, pattern, "a second route for this method and these paths, or more than 256"u8);
    }
}
