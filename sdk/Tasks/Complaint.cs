// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Sdk.Tasks;

/// <summary>What a tool's complaint means for who wrote the C#.</summary>
/// <param name="Id">The error's identifier, as docs/sdk.md lists it.</param>
/// <param name="File">The C# source file, where known.</param>
/// <param name="Line">The line in it, from 1; 0 where unknown.</param>
/// <param name="Message">What, why, and what to do instead.</param>
public sealed record Complaint(string Id, string? File, int Line, string Message);
