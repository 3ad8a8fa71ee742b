// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Linux.Groups;

/// <summary>What the processes of a control group may use together.</summary>
/// <param name="MemoryBytes">Memory, page cache and the kernel's own on their behalf included.</param>
/// <param name="CpuMillicores">Processor time in thousandths of a core; 0 for no limit.</param>
public readonly record struct GroupLimits(long MemoryBytes, int CpuMillicores);
