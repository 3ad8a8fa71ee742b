// SPDX-License-Identifier: Apache-2.0

using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Uaas.Sdk.Analyzers;

/// <summary>Allocations that the source does not show: a `new` is seen by the reader, these are not.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AllocationAnalyzer : GuestAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.Boxing, Rules.Closure, Rules.ParamsArray];

    private protected override void Register(AnalysisContext context)
    {
        context.RegisterOperationAction(AnalyzeConversion, OperationKind.Conversion);
        context.RegisterOperationAction(AnalyzeInvocation, OperationKind.Invocation);
        context.RegisterOperationAction(AnalyzeMethodReference, OperationKind.MethodReference);
        context.RegisterOperationAction(AnalyzeLambda, OperationKind.AnonymousFunction);
        context.RegisterOperationAction(AnalyzeArgument, OperationKind.Argument);
    }

    private static void AnalyzeConversion(OperationAnalysisContext context)
    {
        var operation = (IConversionOperation)context.Operation;
        if (!operation.GetConversion().IsBoxing || operation.ConstantValue.HasValue) return;
        // string concatenation converts its operands to object; that the string is made is the thing to report.
        if (operation.Parent is IBinaryOperation { Type.SpecialType: SpecialType.System_String } or ICompoundAssignmentOperation) return;
        Report(context, Rules.Boxing, NameOf(operation.Operand.Type), NameOf(operation.Type));
    }

    // A member of object or ValueType that the struct does not override is called on a box of it.
    private static void AnalyzeInvocation(OperationAnalysisContext context)
    {
        var invocation = (IInvocationOperation)context.Operation;
        INamedTypeSymbol declaring = invocation.TargetMethod.ContainingType;
        bool inherited = declaring.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType or SpecialType.System_Enum;
        if (inherited && invocation.Instance is { Type.IsValueType: true } receiver) Report(context, Rules.Boxing, NameOf(receiver.Type), NameOf(declaring));
    }

    private static void AnalyzeMethodReference(OperationAnalysisContext context)
    {
        var reference = (IMethodReferenceOperation)context.Operation;
        if (reference.Instance is { Type.IsValueType: true } receiver && reference.Parent is IDelegateCreationOperation)
        {
            Report(context, Rules.Boxing, NameOf(receiver.Type), "Delegate");
        }
    }

    private static void AnalyzeLambda(OperationAnalysisContext context)
    {
        DataFlowAnalysis? flow = context.Operation.SemanticModel?.AnalyzeDataFlow(context.Operation.Syntax);
        if (flow is not { Succeeded: true }) return;
        ISymbol? captured = flow.CapturedInside.FirstOrDefault(symbol => !flow.VariablesDeclared.Contains(symbol));
        if (captured != null) Report(context, Rules.Closure, captured.Name);
    }

    private static void AnalyzeArgument(OperationAnalysisContext context)
    {
        var argument = (IArgumentOperation)context.Operation;
        if (argument.ArgumentKind != ArgumentKind.ParamArray) return;
        Report(context, Rules.ParamsArray, NameOf(argument.Parameter?.Type));
    }
}
