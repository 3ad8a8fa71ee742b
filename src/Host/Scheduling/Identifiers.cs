// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Scheduling;

/// <summary>A namespace (a tenant), by the number that the master gave it.</summary>
/// <param name="Value">The number.</param>
public readonly record struct NamespaceId(int Value);

/// <summary>A service, by the number that the master gave it. Numbers are not used again.</summary>
/// <param name="Value">The number.</param>
public readonly record struct ServiceId(int Value);

/// <summary>A node, by the number that the master gave it, from 0 without great gaps.</summary>
/// <param name="Value">The number.</param>
public readonly record struct NodeId(int Value);

/// <summary>An image, by the number that the master gave it.</summary>
/// <param name="Value">The number.</param>
public readonly record struct ImageId(int Value);

/// <summary>An instance, by the number that <see cref="ClusterState"/> gave it. Numbers are not used again.</summary>
/// <param name="Value">The number.</param>
public readonly record struct InstanceId(long Value);
