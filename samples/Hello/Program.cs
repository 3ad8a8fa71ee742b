// SPDX-License-Identifier: Apache-2.0

using Uaas.Web;

/// <summary>The least service.</summary>
internal sealed class Program : WebService
{
    internal static void Main() => Run(new Program());

    protected override void Setup(WebSetup web) => web.Get("/"u8, static (request, response) => response.Text("Hello, world!\n"u8));
}
