using System.Buffers.Binary;

namespace StreamInference.Broker.Protocol;

/// <summary>Lengths, arrays and tagged fields.</summary>
internal sealed partial class Wire
{
    public void Array<T>(ref List<T> items, short version)
        where T : class, IMessage, new()
    {
        List<T>? list = items;
        NullableArray(ref list, version);
        items = list ?? [];
    }

    public void NullableArray<T>(ref List<T>? items, short version)
        where T : class, IMessage, new()
    {
        if (_writing)
        {
            WriteLength(items?.Count ?? -1);
            foreach (var item in items ?? []) item.Transfer(this, version);
            return;
        }
        if (ReadCount() is not { } count)
        {
            items = null;
            return;
        }
        items = new List<T>(count);
        for (var i = 0; i < count; i++)
        {
            var item = new T();
            item.Transfer(this, version);
            items.Add(item);
        }
    }

    public void Int32Array(ref List<int> items) => Values(ref items, static (Wire wire, ref int value) => wire.Int32(ref value));

    public void Int64Array(ref List<long> items) => Values(ref items, static (Wire wire, ref long value) => wire.Int64(ref value));

    public void StringArray(ref List<string> items) => Values(ref items, static (Wire wire, ref string? value) => wire.String(ref value!));

    public void NullableStringArray(ref List<string>? items)
    {
        if (_writing && items is null)
        {
            WriteLength(-1);
            return;
        }
        var list = items ?? [];
        if (!_writing && ReadsNull())
        {
            items = null;
            return;
        }
        StringArray(ref list);
        items = list;
    }

    /// <summary>The end of every structure. None of the fields served here is a tagged one, so they are skipped and left out.</summary>
    public void Tags()
    {
        if (!Flexible) return;
        if (_writing)
        {
            WriteUnsignedVarint(0);
            return;
        }
        for (var left = ReadUnsignedVarint(); left > 0; left--)
        {
            ReadUnsignedVarint();
            Take((int)ReadUnsignedVarint());
        }
    }

    private delegate void TransferValue<T>(Wire wire, ref T? value);

    private void Values<T>(ref List<T> items, TransferValue<T> transfer)
    {
        if (_writing)
        {
            WriteLength(items.Count);
            foreach (var item in items)
            {
                var value = item;
                transfer(this, ref value!);
            }
            return;
        }
        var count = ReadCount() ?? 0;
        items = new List<T>(count);
        for (var i = 0; i < count; i++)
        {
            T? value = default;
            transfer(this, ref value);
            items.Add(value!);
        }
    }

    private bool ReadsNull()
    {
        var start = _position;
        if (ReadLength() < 0) return true;
        _position = start;
        return false;
    }

    /// <summary>An element has at least one byte, so a larger count than bytes left is no message (and no allocation).</summary>
    private int? ReadCount()
    {
        var count = ReadLength();
        if (count > Remaining) throw new WireFormatException($"an array of {count} elements in {Remaining} bytes");
        return count < 0 ? null : count;
    }

    private void WriteLength(int length)
    {
        if (Flexible) WriteUnsignedVarint((uint)(length + 1));
        else BinaryPrimitives.WriteInt32BigEndian(Grow(4), length);
    }

    private int ReadLength() => Flexible ? (int)ReadUnsignedVarint() - 1 : BinaryPrimitives.ReadInt32BigEndian(Take(4));

    private void WriteUnsignedVarint(uint value)
    {
        while (value >= 0x80)
        {
            Grow(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }
        Grow(1)[0] = (byte)value;
    }

    private uint ReadUnsignedVarint()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = Take(1)[0];
            value |= (uint)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
        throw new WireFormatException("a varint longer than five bytes");
    }
}
