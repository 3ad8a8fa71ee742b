// SPDX-License-Identifier: Apache-2.0

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Uaas.Sdk.Analyzers;

/// <summary>Statements and expressions that ask for a runtime by themselves, whatever their operands.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StatementAnalyzer : GuestAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.Throw, Rules.Catch, Rules.Lock, Rules.Dynamic, Rules.TypeObject, Rules.Iterator, Rules.MultiDimensionalArray,
        Rules.StringBuilding, Rules.SwitchExpression, Rules.Multicast, Rules.Record,
    ];

    private protected override void Register(AnalysisContext context)
    {
        context.RegisterOperationAction(static c => Report(c, Rules.Throw), OperationKind.Throw);
        context.RegisterOperationAction(static c => Report(c, Rules.Catch), OperationKind.CatchClause);
        context.RegisterOperationAction(static c => Report(c, Rules.Lock), OperationKind.Lock);
        context.RegisterOperationAction(static c => Report(c, Rules.Iterator), OperationKind.YieldReturn, OperationKind.YieldBreak);
        context.RegisterOperationAction(static c => Report(c, Rules.Record, "new { … }"), OperationKind.AnonymousObjectCreation);
        context.RegisterOperationAction(AnalyzeTypeOf, OperationKind.TypeOf);
        context.RegisterOperationAction(AnalyzeGetType, OperationKind.Invocation);
        context.RegisterOperationAction(AnalyzeSwitch, OperationKind.SwitchExpression);
        context.RegisterOperationAction(AnalyzeInterpolation, OperationKind.InterpolatedString);
        context.RegisterOperationAction(AnalyzeBinary, OperationKind.Binary);
        context.RegisterOperationAction(AnalyzeCompound, OperationKind.CompoundAssignment);
        context.RegisterOperationAction(static c => Report(c, Rules.Multicast), OperationKind.EventAssignment);
        context.RegisterSyntaxNodeAction(AnalyzeArrayRank, SyntaxKind.ArrayRankSpecifier);
        context.RegisterSyntaxNodeAction(AnalyzeImplicitArray, SyntaxKind.ImplicitArrayCreationExpression);
        context.RegisterSyntaxNodeAction(AnalyzeIdentifier, SyntaxKind.IdentifierName);
    }

    // An attribute's arguments are data for the compiler, which no code of the guest reads.
    private static void AnalyzeTypeOf(OperationAnalysisContext context)
    {
        for (IOperation? outer = context.Operation.Parent; outer != null; outer = outer.Parent)
        {
            if (outer is IAttributeOperation) return;
        }

        Report(context, Rules.TypeObject, context.Operation.Syntax);
    }

    private static void AnalyzeGetType(OperationAnalysisContext context)
    {
        IMethodSymbol method = ((IInvocationOperation)context.Operation).TargetMethod;
        if (method.Name == "GetType" && method.ContainingType.SpecialType == SpecialType.System_Object) Report(context, Rules.TypeObject, "GetType()");
    }

    private static void AnalyzeSwitch(OperationAnalysisContext context)
    {
        if (!((ISwitchExpressionOperation)context.Operation).IsExhaustive) Report(context, Rules.SwitchExpression);
    }

    // With a handler of the program's own, the pieces go there and no string is made.
    private static void AnalyzeInterpolation(OperationAnalysisContext context)
    {
        IOperation operation = context.Operation;
        if (operation.ConstantValue.HasValue || operation.Parent is IInterpolatedStringHandlerCreationOperation) return;
        Report(context, Rules.StringBuilding);
    }

    private static void AnalyzeBinary(OperationAnalysisContext context)
    {
        if (context.Operation.ConstantValue.HasValue) return;
        AnalyzeSum(context, ((IBinaryOperation)context.Operation).OperatorKind);
    }

    private static void AnalyzeCompound(OperationAnalysisContext context) =>
        AnalyzeSum(context, ((ICompoundAssignmentOperation)context.Operation).OperatorKind);

    private static void AnalyzeSum(OperationAnalysisContext context, BinaryOperatorKind kind)
    {
        if (kind is not (BinaryOperatorKind.Add or BinaryOperatorKind.Subtract)) return;
        ITypeSymbol? type = context.Operation.Type;
        if (type?.SpecialType == SpecialType.System_String)
        {
            // Of "a" + x + "b", one report: the outermost sum.
            if (context.Operation.Parent is not IBinaryOperation { Type.SpecialType: SpecialType.System_String }) Report(context, Rules.StringBuilding);
        }
        else if (type?.TypeKind == TypeKind.Delegate)
        {
            Report(context, Rules.Multicast);
        }
    }

    private static void AnalyzeArrayRank(SyntaxNodeAnalysisContext context) => ReportRank(context, ((ArrayRankSpecifierSyntax)context.Node).Rank);

    private static void AnalyzeImplicitArray(SyntaxNodeAnalysisContext context) =>
        ReportRank(context, ((ImplicitArrayCreationExpressionSyntax)context.Node).Commas.Count + 1);

    private static void ReportRank(SyntaxNodeAnalysisContext context, int rank)
    {
        if (rank > 1) context.ReportDiagnostic(Diagnostic.Create(Rules.MultiDimensionalArray, context.Node.GetLocation(), rank));
    }

    private static void AnalyzeIdentifier(SyntaxNodeAnalysisContext context)
    {
        if (((IdentifierNameSyntax)context.Node).Identifier.ValueText != "dynamic") return;
        if (context.SemanticModel.GetTypeInfo(context.Node, context.CancellationToken).Type?.TypeKind == TypeKind.Dynamic)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.Dynamic, context.Node.GetLocation()));
        }
    }
}
