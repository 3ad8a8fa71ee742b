// SPDX-License-Identifier: Apache-2.0

using System.Security.Cryptography;

namespace Uaas.Host.Images.Representations;

/// <summary>
/// Takes bytes whose number is not known beforehand, hashing them: the first of them in memory, in a file that has no name once there are many. So
/// files of any size are compressed in bounded memory.
/// </summary>
internal sealed class SpillStream(string directory) : Stream
{
    private const int MemoryLimit = 1 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Stream _store = new MemoryStream();
    private long _length;

    /// <summary>The SHA-256 of what was written; once.</summary>
    internal byte[] TakeHash() => _hash.GetHashAndReset();

    /// <summary>Reads what was written from its start.</summary>
    internal Stream Reopen()
    {
        _store.Position = 0;
        return _store;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_store is MemoryStream memory && _length + buffer.Length > MemoryLimit)
        {
            _store = OpenFile();
            memory.WriteTo(_store);
            memory.Dispose();
        }

        _hash.AppendData(buffer);
        _store.Write(buffer);
        _length += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _store.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private FileStream OpenFile()
    {
        string path = Path.Combine(directory, $".uaas-{Path.GetRandomFileName()}.tmp");
        FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);

        // Without its name already now, so that a killed process leaves nothing.
        File.Delete(path);
        return file;
    }
}
