// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform;
using Uaas.Web;

/// <summary>
/// Stands for a guest that others built, once a test has taken the note away that tells the node it is ours: asks for its address by DHCP, and when it breaks down (<c>/panic</c>)
/// says so as IncludeOS does, on the console, and idles on.
/// </summary>
internal sealed class Program : WebService
{
    internal static void Main() => Run(new Program());

    protected override void Setup(WebSetup web)
    {
        web.Get("/"u8, static (request, response) => response.Text("from acorn\n"u8));
        web.Get("/panic"u8, static (request, response) => Panic(response));
    }

    private static WebTask Panic(WebResponse response)
    {
        Machine.Write("\n**** PANIC ****\nReason: it was asked to\n"u8);
        while (Machine.Now != 0) Machine.Wait(long.MaxValue);
        return response.Only(Uaas.Http.HttpStatus.NoContent);
    }
}
