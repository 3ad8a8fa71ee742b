// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Uaas.Master.Api;

/// <summary>What the OpenAPI document says beside what follows from the endpoints themselves: who may ask, what failures look like, and the headers that all changes take.</summary>
internal static class ApiDescription
{
    private const string Scheme = "bearer";

    internal static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context.Description.HttpMethod ?? HttpMethods.Get, context.Description.RelativePath ?? "");
            return Task.CompletedTask;
        });
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "uaas",
            Version = typeof(ApiDescription).Assembly.GetName().Version?.ToString(3) ?? "0",
            Description = "Serves unikernels. Over the unix socket everything is allowed; over TCP a token says what is: read looks, deploy changes what is wanted, admin hands out tokens.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Scheme, Description = "uaas token create makes one; only over TCP" };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
    }

    private static void Describe(OpenApiOperation operation, string method, string path)
    {
        if (!HttpMethods.IsGet(method) && Idempotency.IsFor($"/{path.TrimStart('/')}"))
            AddHeader(operation, "Idempotency-Key", "A change that is sent again with it within a day is answered as the first time, and done once");
        if (!HttpMethods.IsGet(method) && HasVersions(path))
            AddHeader(operation, "If-Match", "The ETag that was read: where it has changed since, nothing is done, and the answer is 412");
        operation.Responses ??= new OpenApiResponses();
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "What failed, as problem details (RFC 9457), with what to do about it in remedy",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { ["application/problem+json"] = new() { Schema = Problem() } },
        };
    }

    /// <summary>Namespaces and services have them; volumes, instances and tokens are there or not.</summary>
    private static bool HasVersions(string path) => path.Contains("namespaces/", StringComparison.Ordinal) && !path.Contains("/volumes/", StringComparison.Ordinal);

    private static void AddHeader(OpenApiOperation operation, string name, string description)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Header, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
    }

    private static OpenApiSchema Problem()
    {
        var properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal) { ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer } };
        foreach (string name in new[] { "type", "title", "detail", "remedy" })
            properties[name] = new OpenApiSchema { Type = JsonSchemaType.String };
        return new OpenApiSchema { Type = JsonSchemaType.Object, Properties = properties };
    }
}
