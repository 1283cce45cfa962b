using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// A JSON number (RFC 8259) as it was scanned: sign, up to 19 significant digits and a power of ten. Conversions round correctly, as
/// <c>float.Parse</c> and <c>double.Parse</c> do.
/// </summary>
[SuppressMessage("Performance", "CA1815", Justification = "never compared")]
internal readonly unsafe struct JsonNumber
{
    private const ulong HighNibbles = 0xF0F0F0F0F0F0F0F0;
    private const ulong FloatTailMask = 0x1FFFFFFF;
    private const ulong FloatTie = 0x10000000;
    private const double SmallestNormalFloat = 1.17549435082228751e-38;

    private const int MoreDigits = 3;
    private const ulong MostForOneMore = 100_000_000_000_000_000;

    /// <summary>Sign, three digits, point, digits and the byte after them.</summary>
    internal const int LongestShort = 1 + 3 + 1 + DigitRun.Longest + MoreDigits + 1;

    private readonly byte* _start;
    private readonly int _length;
    private readonly ulong _mantissa;
    private readonly int _exponent;
    private readonly bool _negative;

    // False: there are more digits than the mantissa holds, so conversions go back to the text.
    private readonly bool _complete;

    private JsonNumber(byte* start, int length, ulong mantissa, int exponent, bool negative, bool complete)
    {
        _start = start;
        _length = length;
        _mantissa = mantissa;
        _exponent = exponent;
        _negative = negative;
        _complete = complete;
    }

    private ReadOnlySpan<byte> Text => new(_start, _length);

    /// <summary>Scans the number that begins at <paramref name="at"/>. The number points into that memory.</summary>
    /// <returns>The first byte after it; null when there is no valid number.</returns>
    internal static byte* Scan(byte* at, byte* end, out JsonNumber number)
    {
        byte* after = DigitRun.IsSupported && end - at >= LongestShort ? ScanShort(at, out number) : Miss(out number);
        return after != null ? after : ScanAny(at, end, out number);
    }

    private static byte* Miss(out JsonNumber number)
    {
        number = default;
        return null;
    }

    /// <summary>
    /// Reads what most records hold: a whole part of up to three digits, a point, up to 16 digits behind it and a few more of a small one. Reads beyond the number, as far as
    /// <see cref="LongestShort"/> bytes, which must be there.
    /// </summary>
    /// <returns>The first byte after it; null when the number is longer, or none.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* ReadShort(byte* at, out ulong mantissa, out int digits, out bool negative)
    {
        byte* p = at;
        digits = 0;
        negative = *p == '-';
        if (negative) p++;
        uint first = *p - (uint)'0';
        mantissa = first;
        if (first > 9) return null;
        uint next = *++p - (uint)'0';
        if (next <= 9)
        {
            if (first == 0) return null;
            mantissa = (mantissa * 10) + next;
            next = *++p - (uint)'0';
            if (next <= 9)
            {
                mantissa = (mantissa * 10) + next;
                p++;
            }
        }

        if (*p == '.')
        {
            digits = DigitRun.Read(p + 1, out ulong fraction);
            if (digits == 0) return null;
            mantissa = (mantissa * DigitRun.Powers[digits]) + fraction;
            p += digits + 1;
            // Small numbers have zeros in front, so that 15 significant digits take more places.
            for (int more = 0; more < MoreDigits && digits >= DigitRun.Longest && *p - (uint)'0' <= 9 && mantissa < MostForOneMore; more++, digits++)
                mantissa = (mantissa * 10) + (*p++ - (uint)'0');
        }

        // Another digit or an exponent: not short.
        return *p - (uint)'0' <= 9 || (*p | 0x20) == 'e' ? null : p;
    }

    /// <summary>The nearest float to a short number, when that needs no second look.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryToSingle(ulong mantissa, int digits, bool negative, out float value)
    {
        bool exact = DecimalToBinary.TryConvert(mantissa, -digits, out double nearest);
        value = (float)(negative ? -nearest : nearest);
        return exact && !IsDoubtful(nearest);
    }

    private static byte* ScanShort(byte* at, out JsonNumber number)
    {
        byte* after = ReadShort(at, out ulong mantissa, out int digits, out bool negative);
        number = new JsonNumber(at, (int)(after - at), mantissa, -digits, negative, true);
        return after;
    }

    // Rounding twice errs only where the double lies half-way between two floats, which below the normal range is elsewhere.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsDoubtful(double value) =>
        (BitConverter.DoubleToUInt64Bits(value) & FloatTailMask) == FloatTie || (value < SmallestNormalFloat && value != 0);

    private static byte* ScanAny(byte* at, byte* end, out JsonNumber number)
    {
        byte* p = at;
        number = default;
        bool negative = *p == '-';
        if (negative && ++p == end) return null;
        byte* digits = p;
        ulong mantissa = 0;
        p = ScanDigits(p, end, ref mantissa);
        // At least one digit, and no zero before another.
        if (p == digits || (*digits == '0' && p - digits > 1)) return null;
        int exponent = 0;
        long count = p - digits;
        if (p < end && *p == '.')
        {
            byte* fraction = ++p;
            p = ScanDigits(p, end, ref mantissa);
            if (p == fraction) return null;
            exponent = (int)(fraction - p);
            count -= exponent;
        }

        bool complete = count <= 19 || SignificantDigits(digits, p) <= 19;
        if (p < end && (*p | 0x20) == 'e')
        {
            p = ScanExponent(p + 1, end, ref exponent);
            if (p == null) return null;
        }

        number = new JsonNumber(at, (int)(p - at), mantissa, exponent, negative, complete);
        return p;
    }

    /// <summary>The nearest double; an infinity when it is out of range.</summary>
    internal double ToDouble()
    {
        if (!_complete || !DecimalToBinary.TryConvert(_mantissa, _exponent, out double value)) return ParseDouble();
        return _negative ? -value : value;
    }

    /// <summary>The nearest float, rounded once from the decimal; an infinity when it is out of range.</summary>
    internal float ToSingle()
    {
        if (!_complete || !DecimalToBinary.TryConvert(_mantissa, _exponent, out double value)) return ParseSingle();
        if (IsDoubtful(value)) return ParseSingle();
        return (float)(_negative ? -value : value);
    }

    /// <summary>The number as an integer when it is one (3.0 and 3e2 are) and fits.</summary>
    internal bool TryToInt64(out long value)
    {
        value = 0;
        if (!_complete) return TryParseInt64(out value);
        UInt128 magnitude = _mantissa;
        int exponent = _exponent;
        if (magnitude == 0) return true;
        for (; exponent < 0; exponent++)
        {
            (UInt128 quotient, UInt128 remainder) = UInt128.DivRem(magnitude, 10);
            if (remainder != 0) return false;
            magnitude = quotient;
        }

        for (; exponent > 0; exponent--)
        {
            magnitude *= 10;
            if (magnitude > long.MaxValue + 1UL) return false;
        }

        if (magnitude > (_negative ? long.MaxValue + 1UL : long.MaxValue)) return false;
        value = _negative ? (long)-(Int128)magnitude : (long)magnitude;
        return true;
    }

    private static byte* ScanDigits(byte* p, byte* end, ref ulong mantissa)
    {
        ulong value = mantissa;
        while (end - p >= 8)
        {
            ulong eight = *(ulong*)p;
            if (!BitConverter.IsLittleEndian || !AreEightDigits(eight)) break;
            value = (value * 100_000_000) + EightDigits(eight);
            p += 8;
        }

        for (uint digit; p < end && (digit = *p - (uint)'0') <= 9; p++) value = (value * 10) + digit;
        mantissa = value;
        return p;
    }

    private static byte* ScanExponent(byte* p, byte* end, ref int exponent)
    {
        bool negative = false;
        if (p < end && *p is (byte)'+' or (byte)'-') negative = *p++ == '-';
        byte* digits = p;
        int value = 0;
        // Beyond six digits it is zero or infinite whatever follows.
        for (uint digit; p < end && (digit = *p - (uint)'0') <= 9; p++) value = Math.Min((value * 10) + (int)digit, 999_999);
        exponent += negative ? -value : value;
        return p == digits ? null : p;
    }

    private static long SignificantDigits(byte* digits, byte* end)
    {
        bool seen = false;
        long count = 0;
        for (byte* p = digits; p < end; p++)
        {
            if (*p == '.') continue;
            seen |= *p != '0';
            if (seen) count++;
        }

        return count;
    }

    private static bool AreEightDigits(ulong text) =>
        ((text & HighNibbles) | (((text + 0x0606060606060606) & HighNibbles) >> 4)) == 0x3333333333333333;

    // D. Lemire, "Quickly parsing eight digits": pairs, then fours, then all eight by multiplication.
    private static ulong EightDigits(ulong text)
    {
        text -= 0x3030303030303030;
        text = (text * 10) + (text >> 8);
        return (((text & 0x000000FF000000FF) * 0x000F424000000064) + (((text >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32;
    }

    private double ParseDouble() => double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private float ParseSingle() => float.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);

    // More than 19 digits: an integer only if those after the point are zeros. Rare, so it may allocate.
    private bool TryParseInt64(out long value)
    {
        value = 0;
        if (_exponent is < -400 or > 400) return false;
        string text = System.Text.Encoding.ASCII.GetString(Text);
        int mark = text.IndexOfAny(['e', 'E']);
        string digits = (mark < 0 ? text : text[..mark]).TrimStart('-');
        int point = digits.IndexOf('.', StringComparison.Ordinal);
        int scale = (point < 0 ? 0 : digits.Length - point - 1) - (mark < 0 ? 0 : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        BigInteger magnitude = BigInteger.Parse(digits.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        BigInteger power = BigInteger.Pow(10, Math.Abs(scale));
        if (scale > 0 && !(magnitude % power).IsZero) return false;
        BigInteger whole = (scale > 0 ? magnitude / power : magnitude * power) * (_negative ? -1 : 1);
        if (whole < long.MinValue || whole > long.MaxValue) return false;
        value = (long)whole;
        return true;
    }
}
