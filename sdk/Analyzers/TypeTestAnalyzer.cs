// SPDX-License-Identifier: Apache-2.0

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Uaas.Sdk.Analyzers;

/// <summary>Casts and type tests. To a class they are a walk along base types; to anything else they need tables that ILC leaves out.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class TypeTestAnalyzer : GuestAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.Cast];

    private protected override void Register(AnalysisContext context)
    {
        context.RegisterOperationAction(AnalyzeConversion, OperationKind.Conversion);
        context.RegisterOperationAction(AnalyzeIsType, OperationKind.IsType);
        context.RegisterOperationAction(AnalyzePattern, OperationKind.DeclarationPattern, OperationKind.TypePattern, OperationKind.RecursivePattern);
    }

    private static void AnalyzeConversion(OperationAnalysisContext context)
    {
        var operation = (IConversionOperation)context.Operation;
        Conversion conversion = operation.GetConversion();
        bool mayFail = conversion.IsExplicit && (conversion.IsReference || conversion.IsUnboxing);
        if (mayFail) ReportIfUntestable(context, operation.Type);
    }

    private static void AnalyzeIsType(OperationAnalysisContext context)
    {
        var operation = (IIsTypeOperation)context.Operation;
        ReportUnlessKnown(context, operation.ValueOperand.Type, operation.TypeOperand);
    }

    private static void AnalyzePattern(OperationAnalysisContext context)
    {
        var pattern = (IPatternOperation)context.Operation;
        ITypeSymbol? tested = pattern switch
        {
            IDeclarationPatternOperation { MatchesNull: true } => null, // "is var x"
            IDeclarationPatternOperation declaration => declaration.MatchedType,
            ITypePatternOperation type => type.MatchedType,
            IRecursivePatternOperation recursive => recursive.MatchedType,
            _ => null,
        };
        ReportUnlessKnown(context, pattern.InputType, tested);
    }

    // Where the static type already says it, the test is for null alone.
    private static void ReportUnlessKnown(OperationAnalysisContext context, ITypeSymbol? from, ITypeSymbol? to)
    {
        if (from == null || to == null) return;
        Conversion conversion = context.Compilation.ClassifyConversion(from, to);
        bool known = conversion.IsIdentity || (conversion.IsImplicit && conversion.IsReference) || conversion.IsNullable;
        if (!known) ReportIfUntestable(context, to);
    }

    private static void ReportIfUntestable(OperationAnalysisContext context, ITypeSymbol? type)
    {
        string? kind = type?.TypeKind switch
        {
            TypeKind.Interface => "interface",
            TypeKind.TypeParameter => "type parameter",
            TypeKind.Array => "array type",
            TypeKind.Delegate => "delegate type",
            _ => null,
        };
        if (kind != null) Report(context, Rules.Cast, kind, NameOf(type));
    }
}
