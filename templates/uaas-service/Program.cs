using System;
using Uaas.Web;

internal sealed class Program : WebService
{
    public override ReadOnlySpan<byte> Name => "UaasService"u8;

    internal static void Main() => Run(new Program());

    protected override void Setup(WebSetup web)
    {
        web.Get("/"u8, static (request, response) => response.Text("Hello, world!\n"u8));
        web.Get("/hello/{name}"u8, static (request, response) =>
        {
            JsonWriter json = response.Json();
            json.StartObject();
            json.String("hello"u8, request.Route("name"u8));
            json.EndObject();
            return response.Send(json);
        });
    }
}
