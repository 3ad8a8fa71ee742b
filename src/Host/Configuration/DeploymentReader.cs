// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Configuration;

internal static class DeploymentReader
{
    internal static Deployment Read(string yaml, string source, string folder, Func<string, PathKind> look) => throw new ConfigurationException(source, []);
}
