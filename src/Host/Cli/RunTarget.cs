// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>What <c>uaas run</c> was told to run: a service, and where its images are.</summary>
/// <param name="Service">The service.</param>
/// <param name="ImageFor">Path of its image of a kind (spt, hvt, pvh); throws where there is none.</param>
internal sealed record RunTarget(ServiceDescription Service, Func<string, string> ImageFor)
{
    /// <summary>Finds out what a word stands for.</summary>
    /// <exception cref="UaasException">Nothing that there is.</exception>
    internal static RunTarget Resolve(string word, Locations locations)
    {
        if (ServiceCatalogue.Find(word) is { } builtIn)
            return new RunTarget(builtIn, kind => locations.ExistingImage(builtIn.Name, kind));
        string known = string.Join(", ", ServiceCatalogue.All.Select(service => service.Name));
        throw new UaasException(Failure.Usage, $"there is no service {word}; there are: {known}");
    }
}
