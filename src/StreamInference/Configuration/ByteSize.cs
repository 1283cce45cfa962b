using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace StreamInference.Configuration;

/// <summary>A number of bytes, written "512B", "64KiB", "16MiB", "1GiB" (or a plain number, or with the decimal units kB, MB, GB).</summary>
/// <param name="Bytes">The number of bytes.</param>
public readonly record struct ByteSize(long Bytes) : IComparable<ByteSize>, IComparable
{
    private static readonly (string Unit, long Factor)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1),
    ];

    /// <summary>The number of bytes.</summary>
    public static implicit operator long(ByteSize size) => size.Bytes;

    /// <summary>Parses a size; false when <paramref name="text"/> is none, or does not fit.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ByteSize size)
    {
        size = default;
        if (string.IsNullOrWhiteSpace(text)) return false;
        string trimmed = text.Trim();
        long factor = 1;
        foreach ((string unit, long by) in Units)
        {
            if (!trimmed.EndsWith(unit, StringComparison.OrdinalIgnoreCase)) continue;
            trimmed = trimmed[..^unit.Length].TrimEnd();
            factor = by;
            break;
        }

        if (!long.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > long.MaxValue / factor) return false;
        size = new ByteSize(number * factor);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <inheritdoc/>
    int IComparable.CompareTo(object? obj) => obj is ByteSize other ? CompareTo(other) : throw new ArgumentException("Not a size.", nameof(obj));

    /// <summary>The shortest exact spelling with a binary unit.</summary>
    public override string ToString()
    {
        for (int i = 2; i >= 0; i--)
            if (Bytes != 0 && Bytes % Units[i].Factor == 0) return string.Create(CultureInfo.InvariantCulture, $"{Bytes / Units[i].Factor}{Units[i].Unit}");
        return string.Create(CultureInfo.InvariantCulture, $"{Bytes}B");
    }

    /// <summary>Whether <paramref name="left"/> is less.</summary>
    public static bool operator <(ByteSize left, ByteSize right) => left.Bytes < right.Bytes;

    /// <summary>Whether <paramref name="left"/> is greater.</summary>
    public static bool operator >(ByteSize left, ByteSize right) => left.Bytes > right.Bytes;

    /// <summary>Whether <paramref name="left"/> is not greater.</summary>
    public static bool operator <=(ByteSize left, ByteSize right) => left.Bytes <= right.Bytes;

    /// <summary>Whether <paramref name="left"/> is not less.</summary>
    public static bool operator >=(ByteSize left, ByteSize right) => left.Bytes >= right.Bytes;
}
