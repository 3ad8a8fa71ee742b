// SPDX-License-Identifier: Apache-2.0

using Microsoft.CodeAnalysis;

namespace Uaas.Sdk.Analyzers;

/// <summary>
/// What guest C# cannot have. Each message says what, why, and what to do instead. Rules below 100 name what cannot be compiled and cannot be
/// suppressed; those from 100 name what compiles but allocates in secret, from a heap that never gives back: where that happens once, at
/// start-up, a #pragma may say so. 200 and up are the linker's and ILC's complaints (sdk/Tasks).
/// </summary>
internal static class Rules
{
    internal static readonly DiagnosticDescriptor Throw = Impossible(1, "Exceptions",
        "'throw': a unikernel has no exceptions. Return a result (an enum, a 'Try…' method); for a broken invariant, Environment.FailFast panics with the place.");

    internal static readonly DiagnosticDescriptor Catch = Impossible(2, "Exceptions",
        "'catch': a unikernel has no exceptions, so there is nothing to catch. Test the result instead; 'finally' and 'using' are allowed.");

    internal static readonly DiagnosticDescriptor Cast = Impossible(3, "Casts that need reflection",
        "Cast or type test to {0} '{1}': it needs type information that a unikernel does not carry. Keep the exact type, or give an abstract class a virtual method or a kind.");

    internal static readonly DiagnosticDescriptor InterfaceCall = Impossible(4, "Interface dispatch",
        "'{0}' is called through the interface '{1}', which needs dispatch at run time. Take a type parameter 'where T : struct, {1}', or use an abstract class.");

    internal static readonly DiagnosticDescriptor InterfaceEnumeration = Impossible(5, "Enumeration through interfaces",
        "'foreach' over '{0}' calls an enumerator through an interface. Take an array, a span, or a type whose GetEnumerator returns a struct.");

    internal static readonly DiagnosticDescriptor GenericVirtualMethod = Impossible(6, "Generic virtual methods",
        "'{0}' is generic and virtual: which code to run would be found by reflection. Make the class generic instead, or the method non-virtual.");

    internal static readonly DiagnosticDescriptor Lock = Impossible(7, "Locks",
        "'lock': a unikernel has one thread, and no monitors. Leave it out.");

    internal static readonly DiagnosticDescriptor Dynamic = Impossible(8, "Dynamic binding",
        "'dynamic': members would be bound at run time, by reflection. Use the static type.");

    internal static readonly DiagnosticDescriptor TypeObject = Impossible(9, "Reflection",
        "'{0}': a unikernel has no reflection, so types are no objects. Use a type parameter with static abstract members, or a kind enum.");

    internal static readonly DiagnosticDescriptor Async = Impossible(10, "Async methods",
        "'async' method '{0}': .NET's tasks need its thread pool. Return WebTask or WebTask<T> (Uaas.Web), or another type whose [AsyncMethodBuilder] does without.");

    internal static readonly DiagnosticDescriptor Iterator = Impossible(11, "Iterators",
        "'yield': an iterator is an object behind an interface. Write a struct with MoveNext and Current, which 'foreach' takes too.");

    internal static readonly DiagnosticDescriptor MultiDimensionalArray = Impossible(12, "Multi-dimensional arrays",
        "Array of {0} dimensions: its accessors are made at run time. Use one dimension and compute the index: a[row * columns + column].");

    internal static readonly DiagnosticDescriptor Finalizer = Impossible(13, "Finalizers",
        "Finalizer of '{0}': there is no garbage collector to run it. Give the type a method that releases, and call it.");

    internal static readonly DiagnosticDescriptor ThreadStatic = Impossible(14, "Thread statics",
        "[ThreadStatic] '{0}': a unikernel has one thread. Use a plain static field.");

    internal static readonly DiagnosticDescriptor Record = Impossible(15, "Records",
        "'{0}' is a record or an anonymous type: its generated members format strings and compare by reflection. Write a readonly struct or a sealed class.");

    internal static readonly DiagnosticDescriptor StringBuilding = Impossible(16, "Strings made at run time",
        "A string is made at run time: each would take memory for ever. Write UTF-8 bytes into a span (\"…\"u8.CopyTo, Utf8Formatter-like helpers).");

    internal static readonly DiagnosticDescriptor SwitchExpression = Impossible(17, "Switch expressions that may throw",
        "This switch expression throws when no arm matches. Add the arm '_ =>'.");

    internal static readonly DiagnosticDescriptor DefaultInterfaceMethod = Impossible(18, "Default interface methods",
        "'{0}' has a body in an interface: to call it on a struct boxes it and dispatches at run time. Write an extension method on 'T : struct, {1}'.");

    internal static readonly DiagnosticDescriptor Multicast = Impossible(19, "Multicast delegates and events",
        "Delegates cannot be added up or taken apart here: each names one method. Keep one delegate, or an array of them.");

    internal static readonly DiagnosticDescriptor MissingType = Impossible(20, "Types that unikernels lack",
        "'{0}' is not in a unikernel's core library. {1}.");

    internal static readonly DiagnosticDescriptor Boxing = Costly(100, "Boxing",
        "'{0}' is boxed to '{1}', which takes memory for ever. Use a type parameter, or override the member in the struct.");

    internal static readonly DiagnosticDescriptor Closure = Costly(101, "Capturing lambdas",
        "This function captures '{0}' and so allocates each time it is made. Make it static and pass what it needs, or a method of an object made at start-up.");

    internal static readonly DiagnosticDescriptor ParamsArray = Costly(102, "Arrays made for params",
        "This call makes an array for 'params {0}', for ever. Pass a span ('params ReadOnlySpan<T>') or an array made at start-up.");

    private static DiagnosticDescriptor Impossible(int number, string title, string message) =>
        new($"UAAS{number:000}", title, message, "Uaas.Guest", DiagnosticSeverity.Error, true, customTags: WellKnownDiagnosticTags.NotConfigurable);

    private static DiagnosticDescriptor Costly(int number, string title, string message) =>
        new($"UAAS{number:000}", title, message, "Uaas.Guest", DiagnosticSeverity.Warning, true);
}
