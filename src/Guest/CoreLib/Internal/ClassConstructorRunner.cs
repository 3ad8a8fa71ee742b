// SPDX-License-Identifier: Apache-2.0

using Internal.Runtime;

namespace System.Runtime.CompilerServices;

internal struct StaticClassConstructionContext
{
    public nint cctorMethodAddress;
}

/// <summary>Runs static constructors that ILC could not evaluate while compiling. One thread: a context is run when first met.</summary>
internal static unsafe class ClassConstructorRunner
{
    private static object? CheckStaticClassConstructionReturnGCStaticBase(ref StaticClassConstructionContext context, object? gcStaticBase)
    {
        CheckStaticClassConstruction(ref context);
        return gcStaticBase;
    }

    private static nint CheckStaticClassConstructionReturnNonGCStaticBase(ref StaticClassConstructionContext context, nint nonGcStaticBase)
    {
        CheckStaticClassConstruction(ref context);
        return nonGcStaticBase;
    }

    private static object? CheckStaticClassConstructionReturnThreadStaticBase(ref StaticClassConstructionContext context, object? threadStaticBase)
    {
        CheckStaticClassConstruction(ref context);
        return threadStaticBase;
    }

    private static void CheckStaticClassConstruction(ref StaticClassConstructionContext context)
    {
        nint constructor = context.cctorMethodAddress;
        if (constructor == 0) return;
        context.cctorMethodAddress = 0;
        Arena* current = Heap.Switch(null); // what static fields hold is kept for ever
        ((delegate*<void>)constructor)();
        Heap.Switch(current);
    }
}
