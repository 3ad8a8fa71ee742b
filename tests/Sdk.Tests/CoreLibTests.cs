// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Uaas.Sdk.Tests;

/// <summary>Guest sources compile on ordinary .NET too: so the core library has nothing public that .NET lacks.</summary>
public sealed class CoreLibTests
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.FlattenHierarchy;

    [Fact]
    public void NothingPublicIsWithoutItsLikeInDotNet()
    {
        using var image = new PEReader(File.OpenRead(GuestCompilation.CoreLibPath));
        MetadataReader reader = image.GetMetadataReader();
        Assert.Empty(reader.TypeDefinitions.SelectMany(handle => Strange(reader, reader.GetTypeDefinition(handle))));
    }

    private static IEnumerable<string> Strange(MetadataReader reader, TypeDefinition type)
    {
        if ((type.Attributes & TypeAttributes.VisibilityMask) != TypeAttributes.Public) yield break;
        string name = $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";
        if ((Type.GetType(name) ?? typeof(MemoryExtensions).Assembly.GetType(name)) is not { IsPublic: true } known)
        {
            yield return name;
            yield break;
        }

        // A field here may be a property there, and the other way round: sources read the same.
        HashSet<(string, int)> members = [.. known.GetMembers(Everything).OfType<MethodBase>().Where(static m => m.IsPublic || m.IsFamily).Select(static m => (m.Name, m.GetParameters().Length))];
        HashSet<string> fields = [.. known.GetFields(Everything).Where(static f => f.IsPublic).Select(static f => f.Name)];
        foreach (MethodDefinition method in type.GetMethods().Select(reader.GetMethodDefinition).Where(static m => (m.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public))
        {
            string called = reader.GetString(method.Name);
            int count = method.GetParameters().Count(p => reader.GetParameter(p).SequenceNumber > 0);
            bool isField = called.StartsWith("get_", StringComparison.Ordinal) && fields.Contains(called[4..]);
            if (!isField && !members.Contains((called, count))) yield return $"{name}.{called} with {count} parameters";
        }

        foreach (FieldDefinition field in type.GetFields().Select(reader.GetFieldDefinition).Where(static f => (f.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Public))
        {
            string called = reader.GetString(field.Name);
            if (!fields.Contains(called) && !members.Contains(($"get_{called}", 0))) yield return $"{name}.{called}";
        }
    }
}
