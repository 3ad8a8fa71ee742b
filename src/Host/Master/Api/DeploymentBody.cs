// SPDX-License-Identifier: Apache-2.0

using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Uaas.Configuration;

namespace Uaas.Master.Api;

/// <summary>
/// A deployment as it is sent. What is left out is as it is by default, at every depth, as in uaas.yaml: without reflection .NET would take zero and nothing for it. A key that is unknown is
/// refused.
/// </summary>
internal static class DeploymentBody
{
    private const string Services = "services";
    private const string Routes = "routes";

    private static readonly JsonObject Whole = DefaultsOf(new Deployment { Services = [] });
    private static readonly JsonObject Service = DefaultsOf(new Deployment { Services = [new ServiceDefinition { Name = "", Image = new ImageSource(ImageKind.BuiltIn, "") }] })[Services]![0]!.AsObject();
    private static readonly JsonObject Route = DefaultsOf(new Deployment { Services = [new ServiceDefinition { Name = "", Image = new ImageSource(ImageKind.BuiltIn, ""), Routes = [new Route()] }] })[Services]![0]![Routes]![0]!.AsObject();

    /// <summary>Reads one from a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="owner">The namespace that it is sent to.</param>
    /// <param name="cancellation">Calls it off.</param>
    /// <exception cref="JsonException">It is none.</exception>
    internal static async Task<Deployment> ReadAsync(HttpRequest request, string owner, CancellationToken cancellation)
    {
        if (!request.HasJsonContentType())
            throw new BadHttpRequestException("the content is to be JSON: send Content-Type: application/json", StatusCodes.Status415UnsupportedMediaType);
        JsonNode? sent = await JsonNode.ParseAsync(request.Body, cancellationToken: cancellation).ConfigureAwait(false);
        return Read(sent as JsonObject ?? throw new JsonException("a deployment is a JSON object"), owner);
    }

    internal static Deployment Read(JsonObject sent, string owner)
    {
        JsonObject whole = Over(Whole, sent);
        if (!sent.ContainsKey("namespace"))
            whole["namespace"] = owner;
        if (whole[Services] is JsonArray services)
            whole[Services] = new JsonArray([.. services.Select(service => service is JsonObject one ? Complete(one) : service?.DeepClone())]);
        return whole.Deserialize(ConfigurationJson.Default.Deployment) ?? throw new JsonException("a deployment is a JSON object");
    }

    private static JsonObject Complete(JsonObject sent)
    {
        JsonObject service = Over(Service, sent);
        if (service[Routes] is JsonArray routes)
            service[Routes] = new JsonArray([.. routes.Select(route => route is JsonObject one ? Over(Route, one) : route?.DeepClone())]);
        return service;
    }

    /// <summary>What was sent, laid over the defaults.</summary>
    private static JsonObject Over(JsonObject defaults, JsonObject sent)
    {
        JsonObject result = defaults.DeepClone().AsObject();
        foreach ((string key, JsonNode? value) in sent)
            result[key] = value is JsonObject inner && result[key] is JsonObject under ? Over(under, inner) : value?.DeepClone();
        return result;
    }

    /// <summary>The JSON form, without what has no default.</summary>
    private static JsonObject DefaultsOf(Deployment deployment)
    {
        JsonObject defaults = JsonSerializer.SerializeToNode(deployment, ConfigurationJson.Default.Deployment)!.AsObject();
        foreach (JsonObject service in defaults[Services]!.AsArray().OfType<JsonObject>())
        {
            service.Remove("name");
            service.Remove("image");
        }
        if (deployment.Services.Count == 0)
            defaults.Remove(Services);
        return defaults;
    }
}
