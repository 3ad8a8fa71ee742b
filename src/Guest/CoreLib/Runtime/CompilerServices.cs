// SPDX-License-Identifier: Apache-2.0
// What csc emits uses of, and asks for by name.

namespace System.Runtime.CompilerServices;

public static unsafe class RuntimeHelpers
{
    public static int OffsetToStringData => sizeof(nint) + sizeof(int);

    // The data of an array initialiser follows the field; ILC supplies the bodies of these three.
    [Intrinsic]
    public static void InitializeArray(Array array, RuntimeFieldHandle fldHandle) =>
        Internal.Runtime.CompilerHelpers.ThrowHelpers.ThrowPlatformNotSupportedException();

    [Intrinsic]
    public static ReadOnlySpan<T> CreateSpan<T>(RuntimeFieldHandle fldHandle)
    {
        Internal.Runtime.CompilerHelpers.ThrowHelpers.ThrowPlatformNotSupportedException();
        return default;
    }

    [Intrinsic]
    public static bool IsReferenceOrContainsReferences<T>()
        where T : allows ref struct
    {
        Internal.Runtime.CompilerHelpers.ThrowHelpers.ThrowPlatformNotSupportedException();
        return true;
    }
}

public static class RuntimeFeature
{
    public const string UnmanagedSignatureCallingConvention = nameof(UnmanagedSignatureCallingConvention);
    public const string NumericIntPtr = nameof(NumericIntPtr);
    public const string ByRefFields = nameof(ByRefFields);
    public const string ByRefLikeGenerics = nameof(ByRefLikeGenerics);
    public const string DefaultImplementationsOfInterfaces = nameof(DefaultImplementationsOfInterfaces);
    public const string VirtualStaticsInInterfaces = nameof(VirtualStaticsInInterfaces);
}

[Flags]
public enum MethodImplOptions
{
    NoInlining = 8,
    NoOptimization = 64,
    AggressiveInlining = 256,
    AggressiveOptimization = 512,
    InternalCall = 4096,
}

public sealed class MethodImplAttribute(MethodImplOptions methodImplOptions) : Attribute
{
    public MethodImplOptions Value { get; } = methodImplOptions;
}

public sealed class IndexerNameAttribute(string indexerName) : Attribute
{
    internal string Value { get; } = indexerName;
}

public sealed class InlineArrayAttribute(int length) : Attribute
{
    public int Length { get; } = length;
}

[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class InternalsVisibleToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}

public sealed class FixedBufferAttribute(Type elementType, int length) : Attribute
{
    public Type ElementType { get; } = elementType;

    public int Length { get; } = length;
}

public sealed class RequiredMemberAttribute : Attribute
{
}

public sealed class CompilerFeatureRequiredAttribute(string featureName) : Attribute
{
    public string FeatureName { get; } = featureName;

    public bool IsOptional { get; init; }
}

public sealed class CallerArgumentExpressionAttribute(string parameterName) : Attribute
{
    public string ParameterName { get; } = parameterName;
}

public sealed class TupleElementNamesAttribute(string?[] transformNames) : Attribute
{
    public string?[] TransformNames { get; } = transformNames;
}

internal sealed class IntrinsicAttribute : Attribute
{
}

public sealed class CompilerGeneratedAttribute : Attribute
{
}

public sealed class ExtensionAttribute : Attribute
{
}

public sealed class IsReadOnlyAttribute : Attribute
{
}

public sealed class IsByRefLikeAttribute : Attribute
{
}

public sealed class IsUnmanagedAttribute : Attribute
{
}

public sealed class SkipLocalsInitAttribute : Attribute
{
}

public sealed class UnsafeValueTypeAttribute : Attribute
{
}

public static class IsExternalInit
{
}

public static class IsVolatile
{
}
