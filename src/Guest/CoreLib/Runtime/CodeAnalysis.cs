// SPDX-License-Identifier: Apache-2.0

namespace System.Diagnostics.CodeAnalysis;

public sealed class DoesNotReturnAttribute : Attribute
{
}

public sealed class NotNullAttribute : Attribute
{
}

public sealed class MaybeNullAttribute : Attribute
{
}

public sealed class UnscopedRefAttribute : Attribute
{
}

public sealed class SetsRequiredMembersAttribute : Attribute
{
}

public sealed class NotNullWhenAttribute(bool returnValue) : Attribute
{
    public bool ReturnValue { get; } = returnValue;
}

public sealed class MaybeNullWhenAttribute(bool returnValue) : Attribute
{
    public bool ReturnValue { get; } = returnValue;
}

public sealed class DoesNotReturnIfAttribute(bool parameterValue) : Attribute
{
    public bool ParameterValue { get; } = parameterValue;
}

public sealed class NotNullIfNotNullAttribute(string parameterName) : Attribute
{
    public string ParameterName { get; } = parameterName;
}

public sealed class MemberNotNullAttribute(string member) : Attribute
{
    internal string Member { get; } = member;
}

public sealed class SuppressMessageAttribute(string category, string checkId) : Attribute
{
    public string Category { get; } = category;

    public string CheckId { get; } = checkId;

    public string? Justification { get; set; }
}
