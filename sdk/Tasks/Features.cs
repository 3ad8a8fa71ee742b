// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;

namespace Uaas.Sdk.Tasks;

/// <summary>Which C# asks for which piece of .NET's runtime. The last line of defence: most of it the analyzers catch at the source line.</summary>
internal static class Features
{
    private const string Exceptions = "exceptions, which a unikernel does not have. Return a result; for a broken invariant call Environment.FailFast";
    private const string InterfaceCall = "a call through an interface that could not be resolved while compiling. Use a type parameter 'where T : struct', or an abstract class";
    private const string Dictionary = "generic code shared between classes, which would look its type arguments up at run time. Use structs as type arguments, or write the code for each class";
    private const string ThreadStatic = "a thread static. Use a plain static field: there is one thread";
    private const string Multidimensional = "a multi-dimensional array. Use one dimension and compute the index";

    // Prefixes of the symbols that compiled code refers to; the first that fits counts.
    private static readonly (string Prefix, string Feature)[] s_bySymbol =
    [
        ("RhpThrow", Exceptions),
        ("RhpRethrow", Exceptions),
        ("RhpCallCatchFunclet", Exceptions),
        ("RhpInitialDynamicInterfaceDispatch", InterfaceCall),
        ("RhpInterfaceDispatch", InterfaceCall),
        ("RhpInitialInterfaceDispatch", InterfaceCall),
        ("RhpResolveInterface", InterfaceCall),
        ("RhpGetGenericDictionary", Dictionary),
        ("RhpGenericLookup", Dictionary),
        ("RhpNewFinalizable", "a finalizer. There is no collector to run it: give the type a method that releases"),
        ("RhpGetThreadStatic", ThreadStatic),
        ("__tls_get_addr", ThreadStatic),
        ("RhpNewMDArray", Multidimensional),
        ("RhpPInvoke", "a P/Invoke. Import the native function with RuntimeImport, in Platform"),
        ("uaas_no_cast_to_interface", "a cast or type test to an interface. Keep the exact type, or give an abstract class a virtual method"),
        ("uaas_no_cast_by_reflection", "a cast or type test to an array, delegate or type parameter. Keep the exact type"),
        ("uaas_no_unboxing_to_nullable", "unboxing to a nullable type. Keep values out of object"),
    ];

    // What ILC looks up in the core library.
    private static readonly (string Name, string Feature)[] s_byType =
    [
        ("System.Runtime.TypeLoaderExports", "a generic virtual method, whose code would be found at run time. Make the class generic instead, or the method non-virtual"),
        ("Internal.Runtime.CompilerHelpers.ArrayHelpers", Multidimensional),
        ("Internal.Runtime.CompilerHelpers.LdTokenHelpers", "a type as an object ('typeof'). Use a type parameter with static abstract members, or a kind"),
        ("Internal.Runtime.ThreadStatics", ThreadStatic),
        ("Internal.Runtime.CompilerHelpers.SynchronizedMethodHelpers", "a synchronized method. Leave it out: there is one thread"),
        ("Internal.Runtime.CompilerHelpers.InteropHelpers", "a P/Invoke that converts its arguments. Use pointers and numbers alone"),
        ("System.Runtime.InteropServices.PInvokeMarshal", "a P/Invoke that converts its arguments. Use pointers and numbers alone"),
    ];

    internal static string? OfSymbol(string symbol) =>
        s_bySymbol.FirstOrDefault(entry => symbol.StartsWith(entry.Prefix, StringComparison.Ordinal)).Feature;

    internal static string? OfType(string type) => s_byType.FirstOrDefault(entry => entry.Name == type).Feature;

    /// <summary>Whether a symbol is one that ILC makes up, so that no native source could be expected to have it.</summary>
    internal static bool IsRuntimeSymbol(string symbol) => symbol.StartsWith("Rh", StringComparison.Ordinal);
}
