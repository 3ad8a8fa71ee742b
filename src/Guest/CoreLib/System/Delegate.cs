// SPDX-License-Identifier: Apache-2.0
// Delegates to one method. ILC looks up these fields and initialisers by name.

using System.Runtime.CompilerServices;

namespace System;

public abstract class Delegate
{
    internal object? m_firstParameter;
    internal object? m_helperObject;
    internal nint m_extraFunctionPointerOrData;
    internal nint m_functionPointer;

    // The thunks that adapt a static method to a delegate's calling convention; each delegate type overrides it.
    private protected virtual nint GetThunk(int whichThunk) => 0;

    private void InitializeClosedInstance(object? firstParameter, nint functionPointer)
    {
        if (firstParameter == null) Internal.Runtime.CompilerHelpers.ThrowHelpers.ThrowNullReferenceException();
        m_functionPointer = functionPointer;
        m_firstParameter = firstParameter;
    }

    private void InitializeClosedInstanceWithoutNullCheck(object? firstParameter, nint functionPointer)
    {
        m_functionPointer = functionPointer;
        m_firstParameter = firstParameter;
    }

    private void InitializeClosedStaticThunk(object? firstParameter, nint functionPointer, nint functionPointerThunk)
    {
        m_extraFunctionPointerOrData = functionPointer;
        m_helperObject = firstParameter;
        m_functionPointer = functionPointerThunk;
        m_firstParameter = this;
    }

    private void InitializeOpenStaticThunk(object? firstParameter, nint functionPointer, nint functionPointerThunk)
    {
        m_firstParameter = this;
        m_functionPointer = functionPointerThunk;
        m_extraFunctionPointerOrData = functionPointer;
    }
}

public abstract class MulticastDelegate : Delegate
{
}

public delegate void Action();

public delegate void Action<in T>(T obj)
    where T : allows ref struct;

public delegate TResult Func<out TResult>()
    where TResult : allows ref struct;

public delegate TResult Func<in T, out TResult>(T arg)
    where T : allows ref struct
    where TResult : allows ref struct;
