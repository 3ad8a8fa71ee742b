// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;
using Uaas.Linux;

namespace Uaas.Front.Logging;

/// <summary>
/// A file that is put aside when it has grown to its bound: <c>NAME</c> becomes <c>NAME.1</c>, that <c>NAME.2</c>, and so on; the oldest goes. Where another program takes the file away,
/// a new one is begun. A pipe never grows.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="maxBytes">Its bound.</param>
/// <param name="kept">How many are kept beside it.</param>
internal sealed class RotatedFile(string path, long maxBytes, int kept) : IDisposable
{
    private FileStream? _file;

    /// <summary>Adds bytes that end with a line.</summary>
    /// <exception cref="IOException">The disk is full, or the directory is not there.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    internal void Write(ReadOnlySpan<byte> lines)
    {
        if (_file is not null && !File.Exists(path))
            Close();
        _file ??= Open();
        _file.Write(lines);
        _file.Flush();
        if (_file.CanSeek && _file.Length >= maxBytes)
            Rotate();
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private FileStream Open()
    {
        FileStream file = OwnerFile.Open(path, FileMode.Append);
        if (file.CanSeek)
            file.Seek(0, SeekOrigin.End);
        return file;
    }

    private void Rotate()
    {
        Close();
        for (int number = kept; number > 0; number--)
        {
            string from = number == 1 ? path : Numbered(number - 1);
            if (File.Exists(from))
                File.Move(from, Numbered(number), overwrite: true);
        }
        if (kept == 0)
            File.Delete(path);
    }

    private string Numbered(int number) => string.Create(CultureInfo.InvariantCulture, $"{path}.{number}");

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
