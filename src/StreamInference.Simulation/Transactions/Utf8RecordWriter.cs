namespace StreamInference.Simulation;

/// <summary>Writes UTF-8 text into a span that is known to be large enough.</summary>
internal ref struct Utf8RecordWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    public int Written { get; private set; }

    public void Text(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer[Written..]);
        Written += text.Length;
    }

    public void Byte(byte value) => _buffer[Written++] = value;

    public void Integer(long value)
    {
        if (value < 0)
        {
            Byte((byte)'-');
            value = -value;
        }

        Digits(value, CountDigits(value));
    }

    /// <summary>A number given in units of 10^-<paramref name="decimals"/>, with all its decimals.</summary>
    public void Fixed(long value, int decimals)
    {
        if (value < 0)
        {
            Byte((byte)'-');
            value = -value;
        }

        long unit = decimals switch { 1 => 10, 2 => 100, 3 => 1_000, _ => 10_000 };
        long whole = value / unit;
        Digits(whole, CountDigits(whole));
        Byte((byte)'.');
        Digits(value - (whole * unit), decimals);
    }

    /// <summary>Exactly <paramref name="count"/> digits, with zeros in front.</summary>
    public void Digits(long value, int count)
    {
        ulong rest = (ulong)value;
        for (int i = Written + count - 1; i >= Written; i--)
        {
            ulong tenth = rest / 10;
            _buffer[i] = (byte)('0' + (rest - (tenth * 10)));
            rest = tenth;
        }

        Written += count;
    }

    public void Hex(ulong value)
    {
        for (int shift = 60; shift >= 0; shift -= 4) Byte("0123456789abcdef"u8[(int)(value >> shift) & 15]);
    }

    private static int CountDigits(long value)
    {
        int digits = 1;
        for (long limit = 10; value >= limit && digits < 19; limit *= 10) digits++;
        return digits;
    }
}
