// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Instances;

/// <summary>What a machine offers a monitor, before anything is booted.</summary>
/// <param name="Possible">Whether starting an instance can succeed.</param>
/// <param name="Detail">What was found: version and acceleration, or what is missing.</param>
/// <param name="Remedy">What to install or change; null where nothing is missing.</param>
public readonly record struct Fingerprint(bool Possible, string Detail, string? Remedy = null);
