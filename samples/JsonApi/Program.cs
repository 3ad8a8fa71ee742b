// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Web;

/// <summary>A list of things to do: a JSON API whose state lives in the instance.</summary>
internal sealed class Program : WebService
{
    private readonly TaskList _tasks = new();

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "json-api"u8;

    /// <inheritdoc/>
    protected override WebLimits Limits => new() { MaxContent = 4096, MaxResponse = 1 << 20 };

    internal static void Main() => Run(new Program());

    /// <inheritdoc/>
    protected override void Setup(WebSetup web)
    {
        web.Get("/tasks"u8, List);
        web.Post("/tasks"u8, Add);
        web.Get("/tasks/{id}"u8, Show);
        web.Put("/tasks/{id}"u8, Change);
        web.Delete("/tasks/{id}"u8, Remove);
    }

    private WebTask List(WebRequest request, WebResponse response)
    {
        JsonWriter json = response.Json();
        json.StartArray();
        for (int i = 0; i < TaskList.Capacity; i++)
        {
            if (_tasks.IsUsed(i)) _tasks.Write(i, ref json);
        }

        json.EndArray();
        return response.Send(json);
    }

    private WebTask Add(WebRequest request, WebResponse response)
    {
        Span<byte> text = stackalloc byte[TaskList.MaxText];
        if (!TaskInput.TryRead(request.Content, text, out TaskInput input) || input.TextLength == 0) return response.Only(HttpStatus.UnprocessableContent);
        int index = _tasks.Add(text[..input.TextLength], input.IsDone);
        if (index < 0) return Full(response);
        response.Status = HttpStatus.Created;
        return Send(index, response);
    }

    private WebTask Show(WebRequest request, WebResponse response) =>
        _tasks.TryFind(request.Route("id"u8), out int index) ? Send(index, response) : response.Only(HttpStatus.NotFound);

    private WebTask Change(WebRequest request, WebResponse response)
    {
        Span<byte> text = stackalloc byte[TaskList.MaxText];
        if (!_tasks.TryFind(request.Route("id"u8), out int index)) return response.Only(HttpStatus.NotFound);
        if (!TaskInput.TryRead(request.Content, text, out TaskInput input)) return response.Only(HttpStatus.UnprocessableContent);
        _tasks.Change(index, text[..input.TextLength], input.IsDone);
        return Send(index, response);
    }

    private WebTask Remove(WebRequest request, WebResponse response)
    {
        if (!_tasks.TryFind(request.Route("id"u8), out int index)) return response.Only(HttpStatus.NotFound);
        _tasks.Remove(index);
        return response.Only(HttpStatus.NoContent);
    }

    private WebTask Send(int index, WebResponse response)
    {
        JsonWriter json = response.Json();
        _tasks.Write(index, ref json);
        return response.Send(json);
    }

    private static WebTask Full(WebResponse response)
    {
        response.Status = HttpStatus.ServiceUnavailable;
        return response.Text("the list is full\n"u8);
    }
}
