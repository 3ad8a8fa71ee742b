// SPDX-License-Identifier: Apache-2.0

namespace System.Reflection;

public sealed class DefaultMemberAttribute(string memberName) : Attribute
{
    public string MemberName { get; } = memberName;
}
