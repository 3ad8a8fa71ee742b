// SPDX-License-Identifier: Apache-2.0

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Uaas.Sdk.Analyzers;

/// <summary>
/// Calls that would find their target through an interface at run time. A variable of interface type does no harm until a member is called through it.
/// A type parameter is fine while its arguments are structs: its code is compiled for each.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DispatchAnalyzer : GuestAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.InterfaceCall, Rules.InterfaceEnumeration];

    private protected override void Register(AnalysisContext context)
    {
        context.RegisterOperationAction(AnalyzeInvocation, OperationKind.Invocation);
        context.RegisterOperationAction(AnalyzeMember, OperationKind.PropertyReference, OperationKind.MethodReference, OperationKind.EventReference);
        context.RegisterOperationAction(AnalyzeUsing, OperationKind.Using, OperationKind.UsingDeclaration);
        context.RegisterSyntaxNodeAction(AnalyzeForEach, SyntaxKind.ForEachStatement, SyntaxKind.ForEachVariableStatement);
    }

    private static void AnalyzeInvocation(OperationAnalysisContext context)
    {
        var invocation = (IInvocationOperation)context.Operation;
        AnalyzeReceiver(context, invocation.Instance, invocation.TargetMethod);
    }

    private static void AnalyzeMember(OperationAnalysisContext context)
    {
        var reference = (IMemberReferenceOperation)context.Operation;
        AnalyzeReceiver(context, reference.Instance, reference.Member);
    }

    private static void AnalyzeReceiver(OperationAnalysisContext context, IOperation? receiver, ISymbol member)
    {
        if (receiver?.Type == null || member.ContainingType?.TypeKind != TypeKind.Interface) return;
        if (NeedsDispatch(receiver.Type)) Report(context, Rules.InterfaceCall, member.Name, NameOf(member.ContainingType));
    }

    private static bool NeedsDispatch(ITypeSymbol type) => type switch
    {
        ITypeParameterSymbol parameter => parameter.IsReferenceType,
        _ => type.IsReferenceType,
    };

    // A struct's Dispose is called directly; a class's through IDisposable.
    private static void AnalyzeUsing(OperationAnalysisContext context)
    {
        IOperation? resources = context.Operation switch
        {
            IUsingOperation statement => statement.Resources,
            IUsingDeclarationOperation declaration => declaration.DeclarationGroup,
            _ => null,
        };
        ITypeSymbol? type = resources is IVariableDeclarationGroupOperation group ? group.Declarations[0].Declarators[0].Symbol.Type : resources?.Type;
        if (type != null && NeedsDispatch(type)) Report(context, Rules.InterfaceCall, "Dispose", "IDisposable");
    }

    private static void AnalyzeForEach(SyntaxNodeAnalysisContext context)
    {
        var loop = (CommonForEachStatementSyntax)context.Node;
        ITypeSymbol? collection = context.SemanticModel.GetTypeInfo(loop.Expression, context.CancellationToken).Type;
        if (collection is null or IErrorTypeSymbol or IArrayTypeSymbol { Rank: 1 } || collection.SpecialType == SpecialType.System_String) return;
        ITypeSymbol? enumerator = context.SemanticModel.GetForEachStatementInfo(loop).GetEnumeratorMethod?.ReturnType;
        if (enumerator is { IsReferenceType: true })
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.InterfaceEnumeration, loop.Expression.GetLocation(), NameOf(collection)));
        }
    }
}
