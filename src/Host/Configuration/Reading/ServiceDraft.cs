// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration.Reading;

/// <summary>Something that was read, and where it stands.</summary>
internal readonly record struct Placed<T>(T Value, Place Place);

/// <summary>A service as it stands in the file, before it is checked against the others. What was wrong in it is reported already.</summary>
internal sealed record ServiceDraft
{
    internal required KeyReader Keys { get; init; }

    internal required string Name { get; init; }

    internal required ServiceDefinition Definition { get; init; }

    internal required List<Placed<Route>> Routes { get; init; }

    internal required List<Placed<TcpPort>> TcpPorts { get; init; }

    internal required List<Placed<LinkDraft>> Links { get; init; }
}

/// <summary>A link whose target is only a name yet.</summary>
/// <param name="Port">The port that the guest connects to.</param>
/// <param name="Service">The name of the service that answers.</param>
/// <param name="TargetPort">Its port; null for its HTTP port.</param>
internal sealed record LinkDraft(int Port, string Service, int? TargetPort);
