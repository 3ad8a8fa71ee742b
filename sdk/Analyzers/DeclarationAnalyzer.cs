// SPDX-License-Identifier: Apache-2.0

using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Uaas.Sdk.Analyzers;

/// <summary>Types and members that ask for a runtime by being declared.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DeclarationAnalyzer : GuestAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        [Rules.Record, Rules.Finalizer, Rules.ThreadStatic, Rules.GenericVirtualMethod, Rules.DefaultInterfaceMethod, Rules.Async];

    private protected override void Register(AnalysisContext context)
    {
        context.RegisterSymbolAction(AnalyzeType, SymbolKind.NamedType);
        context.RegisterSymbolAction(AnalyzeField, SymbolKind.Field);
        context.RegisterSymbolAction(AnalyzeMethod, SymbolKind.Method);
        context.RegisterOperationAction(AnalyzeInnerFunction, OperationKind.AnonymousFunction, OperationKind.LocalFunction);
    }

    private static void AnalyzeType(SymbolAnalysisContext context)
    {
        if (((INamedTypeSymbol)context.Symbol).IsRecord) Report(context, Rules.Record, context.Symbol.Name);
    }

    private static void AnalyzeField(SymbolAnalysisContext context)
    {
        bool isThreadStatic = context.Symbol.GetAttributes().Any(static a => a.AttributeClass?.Name is "ThreadStatic" or "ThreadStaticAttribute");
        if (isThreadStatic) Report(context, Rules.ThreadStatic, context.Symbol.Name);
    }

    private static void AnalyzeMethod(SymbolAnalysisContext context)
    {
        var method = (IMethodSymbol)context.Symbol;
        if (method.IsImplicitlyDeclared) return;
        if (method.MethodKind == MethodKind.Destructor) Report(context, Rules.Finalizer, method.ContainingType.Name);
        if (IsAsyncWithoutBuilder(method)) Report(context, Rules.Async, method.Name);

        bool inInterface = method.ContainingType.TypeKind == TypeKind.Interface;
        bool isVirtual = method.IsVirtual || method.IsAbstract || method.IsOverride;
        if (method.IsGenericMethod && isVirtual && !inInterface) Report(context, Rules.GenericVirtualMethod, method.Name);
        if (inInterface && !method.IsStatic && !method.IsAbstract && method.MethodKind is MethodKind.Ordinary or MethodKind.PropertyGet or MethodKind.PropertySet
            && method.DeclaredAccessibility != Accessibility.Private)
        {
            Report(context, Rules.DefaultInterfaceMethod, method.Name, NameOf(method.ContainingType));
        }
    }

    private static void AnalyzeInnerFunction(OperationAnalysisContext context)
    {
        IMethodSymbol method = context.Operation is IAnonymousFunctionOperation lambda ? lambda.Symbol : ((ILocalFunctionOperation)context.Operation).Symbol;
        if (IsAsyncWithoutBuilder(method)) Report(context, Rules.Async, method.Name.Length == 0 ? "lambda" : method.Name);
    }

    private static bool IsAsyncWithoutBuilder(IMethodSymbol method)
    {
        if (!method.IsAsync) return false;
        return !method.GetAttributes().Concat(method.ReturnType.GetAttributes()).Any(static a => a.AttributeClass?.Name == "AsyncMethodBuilderAttribute");
    }
}
