// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;
using Uaas.Sdk.Tasks;

namespace Uaas.Sdk.Tests;

/// <summary>What ld.lld and ILC print when C# asked for what a unikernel lacks, and what the SDK makes of it.</summary>
public sealed class ToolOutputTests
{
    [Fact]
    public void AnUndefinedRuntimeSymbolBecomesTheFeatureAtItsSourceLine()
    {
        Complaint complaint = Assert.Single(ToolOutput.Explain(
        [
            "ld.lld: error: undefined symbol: RhpThrowEx",
            ">>> referenced by Program.cs:12 (/sources/hello world/Program.cs:12)",
            ">>>               obj/managed.o:(Hello_Program__Main)",
        ]));
        Assert.Equal(("UAAS200", "/sources/hello world/Program.cs", 12), (complaint.Id, complaint.File, complaint.Line));
        Assert.StartsWith("'Hello_Program.Main' uses exceptions", complaint.Message);
    }

    [Fact]
    public void EachReferenceIsReported()
    {
        IReadOnlyList<Complaint> complaints = ToolOutput.Explain(
        [
            "ld.lld: error: undefined symbol: RhpInitialDynamicInterfaceDispatch",
            ">>> referenced by A.cs:1 (/src/A.cs:1)",
            ">>>               managed.o:(G_A__M)",
            ">>> referenced by B.cs:2 (/src/B.cs:2)",
            ">>>               managed.o:(G_B__M)",
            "",
            "ld.lld: error: undefined symbol: uaas_no_cast_to_interface",
            ">>> referenced by managed.o:(G_C__M)",
        ]);
        Assert.Equal(["/src/A.cs", "/src/B.cs", null], complaints.Select(static c => c.File));
        Assert.Contains("interface that could not be resolved", complaints[1].Message);
        Assert.StartsWith("'G_C.M' uses a cast or type test to an interface", complaints[2].Message);
    }

    [Theory]
    [InlineData("RhpSomethingNew", "UAAS200", "RhpSomethingNew")]
    [InlineData("my_native_function", "UAAS201", "NativeSource")]
    public void AnUnknownSymbolIsNamed(string symbol, string id, string says)
    {
        Complaint complaint = Assert.Single(ToolOutput.Explain([$"ld.lld: error: undefined symbol: {symbol}", ">>> referenced by managed.o:(G_C__M+0x12)"]));
        Assert.Equal(id, complaint.Id);
        Assert.Contains(says, complaint.Message);
    }

    [Theory]
    [InlineData("Expected type 'System.Runtime.TypeLoaderExports' not found in module 'Uaas.CoreLib'", "UAAS202", "generic virtual method")]
    [InlineData("Expected type 'Internal.Runtime.CompilerHelpers.ArrayHelpers' not found in module 'Uaas.CoreLib'", "UAAS202", "multi-dimensional array")]
    [InlineData("Expected type 'System.Unheard' not found in module 'Uaas.CoreLib'", "UAAS203", "System.Unheard")]
    [InlineData("Expected method 'Box' not found on type '[Uaas.CoreLib]System.Runtime.RuntimeExports'", "UAAS203", "System.Runtime.RuntimeExports.Box")]
    public void WhatIlcMissesBecomesTheFeatureInItsMethod(string line, string id, string says)
    {
        Complaint complaint = Assert.Single(ToolOutput.Explain(
        [
            "Error: One or more errors occurred. (Code generation failed for method '[gvm]Program.Main()')",
            " ---> ILCompiler.CodeGenerationFailedException: Code generation failed for method '[gvm]Program.Main()'",
            " ---> System.InvalidOperationException: " + line,
        ]));
        Assert.Equal(id, complaint.Id);
        Assert.StartsWith("'Program.Main()' ", complaint.Message);
        Assert.Contains(says, complaint.Message);
    }

    [Fact]
    public void OtherOutputIsLeftAlone()
    {
        Assert.Empty(ToolOutput.Explain(["ld.lld: error: cannot open managed.o: No such file or directory", ""]));
    }
}
