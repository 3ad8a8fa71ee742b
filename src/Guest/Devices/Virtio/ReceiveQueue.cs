// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Devices.Virtio;

/// <summary>
/// The receiving half of a network device. All its buffers are with the device but those of the frame that is lent. A large frame is spread over several
/// (VIRTIO_NET_F_MRG_RXBUF); as the device takes them in order and they lie in order, most such frames are contiguous as they are, and the
/// others are copied together.
/// </summary>
internal sealed unsafe class ReceiveQueue
{
    /// <summary>Bytes of one buffer: a frame of 1,500 bytes of IP with its headers, and a divisor of the page.</summary>
    public const int BufferSize = 2048;

    // Buffers to give back before the device is told without waiting for the end of the batch; it may have run out of them.
    private const int NotifyBatch = 64;

    private readonly VirtioTransport _transport;
    private readonly int _index;
    private readonly VirtQueue _queue;
    private readonly byte* _buffers; // one for each entry of the queue
    private readonly byte* _assembly; // FrameMax bytes, for frames that are not contiguous
    private readonly int _frameMax;
    private readonly bool _mergeable;
    private readonly ushort[] _bufferOf; // by head
    private readonly ushort[] _lent; // buffers of the frame that is lent, in order
    private int _lentCount;
    private int _unnotified;

    /// <summary>Makes it over queue <paramref name="index"/>; all buffers go to the device, which is told of them by <see cref="Flush"/>.</summary>
    /// <param name="transport">The device.</param>
    /// <param name="index">Which of its queues.</param>
    /// <param name="queue">That queue.</param>
    /// <param name="mergeable">Whether a frame may be spread over several buffers.</param>
    /// <param name="frameMax">Bytes of the largest frame to accept, without header.</param>
    /// <param name="buffers"><see cref="BufferSize"/> bytes for each entry of the queue.</param>
    /// <param name="assembly"><paramref name="frameMax"/> bytes.</param>
    public ReceiveQueue(
        VirtioTransport transport, int index, VirtQueue queue, bool mergeable, int frameMax, byte* buffers, byte* assembly)
    {
        _transport = transport;
        _index = index;
        _queue = queue;
        _mergeable = mergeable;
        _frameMax = frameMax;
        _buffers = buffers;
        _assembly = assembly;
        _bufferOf = new ushort[queue.Size];
        _lent = new ushort[queue.Size];
        for (int i = 0; i < queue.Size; i++)
        {
            Give((ushort)i);
        }

        _unnotified = queue.Size;
        _queue.Publish();
    }

    /// <summary>The device broke the rules.</summary>
    public bool IsBroken => _queue.IsBroken;

    /// <summary>Takes the next frame; false when there is none. It is lent until the next call.</summary>
    public bool TryReceive(out ReceivedFrame frame)
    {
        for (int i = 0; i < _queue.Size; i++) // frames that are dropped count: the device cannot keep us here
        {
            ReturnLent();
            if (!_queue.TryTake(out ushort head, out uint written))
            {
                break;
            }

            if (TryAssemble(head, (int)written, out frame))
            {
                return true;
            }
        }

        frame = default;
        return false;
    }

    /// <summary>Makes sure that the device knows of all buffers given back.</summary>
    public void Flush()
    {
        ReturnLent();
        if (_unnotified > 0)
        {
            Notify();
        }
    }

    /// <summary>Asks for an interrupt when a frame arrives; false when one is there.</summary>
    public bool ArmInterrupt() => _queue.ArmInterrupt();

    /// <summary>Asks for no interrupt.</summary>
    public void DisarmInterrupt() => _queue.DisarmInterrupt();

    private bool TryAssemble(ushort head, int written, out ReceivedFrame frame)
    {
        frame = default;
        byte* start = Lend(head);
        if (written < NetworkHeader.Size)
        {
            return false;
        }

        NetworkHeader header = *(NetworkHeader*)start; // a copy: the device may write the buffer again
        byte* data = start + NetworkHeader.Size;
        int length = written - NetworkHeader.Size;
        if (_mergeable && header.BufferCount != 1 && !TryMerge(header.BufferCount, written, ref data, ref length))
        {
            return false;
        }

        if (length < NetworkDevice.EthernetHeaderSize || length > _frameMax)
        {
            return false;
        }

        frame = new ReceivedFrame(new ReadOnlySpan<byte>(data, length), header.ChecksumTrusted);
        return true;
    }

    /// <summary>Takes the buffers after the first of a frame; false when the frame is impossible or too large.</summary>
    private bool TryMerge(int count, int firstWritten, ref byte* data, ref int length)
    {
        if (count == 0 || count - 1 > _queue.ReadyCount)
        {
            _queue.Break(); // the buffers of a frame are handed back together (5.1.6.4.2)
            return false;
        }

        int room = firstWritten; // bytes of the buffers so far, while each is full and they adjoin
        bool contiguous = true;
        bool fits = true;
        for (int i = 1; i < count; i++)
        {
            if (!_queue.TryTake(out ushort head, out uint written))
            {
                return false;
            }

            contiguous &= room == i * BufferSize && _bufferOf[head] == _lent[0] + i;
            room += (int)written;
            byte* part = Lend(head);
            fits = fits && length + (int)written <= _frameMax;
            if (fits && !contiguous)
            {
                data = Append(data, length, part, (int)written);
            }

            length += fits ? (int)written : 0;
        }

        return fits;
    }

    /// <summary>Copies a part behind what is there already, which goes to the assembly buffer first if it is not there yet.</summary>
    private byte* Append(byte* data, int length, byte* part, int partLength)
    {
        if (data != _assembly)
        {
            new ReadOnlySpan<byte>(data, length).CopyTo(new Span<byte>(_assembly, _frameMax));
        }

        new ReadOnlySpan<byte>(part, partLength).CopyTo(new Span<byte>(_assembly + length, _frameMax - length));
        return _assembly;
    }

    private byte* Lend(ushort head)
    {
        ushort buffer = _bufferOf[head];
        _lent[_lentCount++] = buffer;
        return BufferAt(buffer);
    }

    private void ReturnLent()
    {
        if (_lentCount == 0)
        {
            return;
        }

        for (int i = 0; i < _lentCount; i++)
        {
            Give(_lent[i]);
        }

        _unnotified += _lentCount;
        _lentCount = 0;
        _queue.Publish();
        if (_unnotified >= NotifyBatch)
        {
            Notify();
        }
    }

    private void Give(ushort buffer)
    {
        if (_queue.TryAdd(new VirtBuffer((ulong)BufferAt(buffer), BufferSize, deviceWrites: true), out ushort head))
        {
            _bufferOf[head] = buffer;
        }
    }

    private void Notify()
    {
        _unnotified = 0;
        if (_queue.NeedsNotification())
        {
            _transport.Notify(_index);
        }
    }

    private byte* BufferAt(int buffer) => _buffers + (buffer * BufferSize);
}
