// SPDX-License-Identifier: Apache-2.0
// csc asks for these when it compiles a foreach over an array, which it then turns into a plain loop.

namespace System.Collections
{
    public interface IEnumerator
    {
        object? Current { get; }

        bool MoveNext();

        void Reset();
    }

    public interface IEnumerable
    {
        IEnumerator GetEnumerator();
    }
}

namespace System.Collections.Generic
{
    public interface IEnumerator<out T> : IEnumerator, IDisposable
        where T : allows ref struct
    {
        new T Current { get; }
    }

    public interface IEnumerable<out T> : IEnumerable
        where T : allows ref struct
    {
        new IEnumerator<T> GetEnumerator();
    }
}
