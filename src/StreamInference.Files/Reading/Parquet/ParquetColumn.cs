using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using Parquet;
using Parquet.Schema;

namespace StreamInference.Files.Reading.Parquet;

/// <summary>A column of the current row group, and how its values become JSON.</summary>
internal abstract class ParquetColumn(DataField field)
{
    protected DataField Field { get; } = field;

    /// <summary>The reader of a field; null where its type has no JSON value.</summary>
    public static ParquetColumn? Of(DataField field)
    {
        if (field.MaxRepetitionLevel > 0) return null;
        Type type = field.ClrType;
        if (type == typeof(float)) return new NumberColumn<float>(field);
        if (type == typeof(double)) return new NumberColumn<double>(field);
        if (type == typeof(int)) return new NumberColumn<int>(field);
        if (type == typeof(long)) return new NumberColumn<long>(field);
        if (type == typeof(short)) return new NumberColumn<short>(field);
        if (type == typeof(ushort)) return new NumberColumn<ushort>(field);
        if (type == typeof(sbyte)) return new NumberColumn<sbyte>(field);
        if (type == typeof(byte)) return new NumberColumn<byte>(field);
        if (type == typeof(uint)) return new NumberColumn<uint>(field);
        if (type == typeof(ulong)) return new NumberColumn<ulong>(field);
        if (type == typeof(decimal)) return new NumberColumn<decimal>(field);
        if (type == typeof(bool)) return new BooleanColumn(field);
        if (type == typeof(string) || type == typeof(ReadOnlyMemory<char>)) return new TextColumn(field);
        if (type == typeof(DateTime)) return new TimeColumn<DateTime>(field, "yyyy-MM-ddTHH:mm:ss.FFFFFFFK");
        if (type == typeof(DateOnly)) return new TimeColumn<DateOnly>(field, "yyyy-MM-dd");
        if (type == typeof(TimeOnly)) return new TimeColumn<TimeOnly>(field, "HH:mm:ss.FFFFFFF");
        return type == typeof(TimeSpan) ? new TimeColumn<TimeSpan>(field, "c") : null;
    }

    /// <summary>Reads the column of a row group.</summary>
    public abstract void Load(ParquetRowGroupReader group);

    /// <summary>Writes the value of a row; null where there is none.</summary>
    public abstract void Write(int row, IBufferWriter<byte> into);

    protected static void Copy(ReadOnlySpan<byte> value, IBufferWriter<byte> into)
    {
        value.CopyTo(into.GetSpan(value.Length));
        into.Advance(value.Length);
    }

    /// <summary>A column of values of a fixed size.</summary>
    private abstract class ValueColumn<T>(DataField field) : ParquetColumn(field)
        where T : struct
    {
        private T[] _packed = [];
        private int[] _levels = [];
        private int[] _places = [];

        public override void Load(ParquetRowGroupReader group)
        {
            int rows = checked((int)group.RowCount);
            if (_packed.Length < rows) (_packed, _levels, _places) = (new T[rows], new int[rows], new int[rows]);
            int top = Field.MaxDefinitionLevel;
            group.ReadRawAsync<T>(Field, _packed.AsMemory(0, rows), _levels.AsMemory(0, rows), null, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            // A value is there where the definition level is the highest; the others take no room.
            for (int row = 0, at = 0; row < rows; row++) _places[row] = top == 0 || _levels[row] == top ? at++ : -1;
        }

        public override void Write(int row, IBufferWriter<byte> into)
        {
            if (_places[row] < 0) Copy("null"u8, into);
            else WriteValue(_packed[_places[row]], into);
        }

        protected abstract void WriteValue(T value, IBufferWriter<byte> into);
    }

    /// <summary>Numbers: the fewest digits that give the same value again. A NaN is null, as where the files come from; an infinity overflows.</summary>
    private sealed class NumberColumn<T>(DataField field) : ValueColumn<T>(field)
        where T : struct, INumber<T>
    {
        protected override void WriteValue(T value, IBufferWriter<byte> into)
        {
            if (T.IsNaN(value)) Copy("null"u8, into);
            else if (T.IsInfinity(value)) Copy(T.IsNegative(value) ? "-1e999"u8 : "1e999"u8, into);
            else if (value.TryFormat(into.GetSpan(40), out int written, default, CultureInfo.InvariantCulture)) into.Advance(written);
        }
    }

    private sealed class BooleanColumn(DataField field) : ValueColumn<bool>(field)
    {
        protected override void WriteValue(bool value, IBufferWriter<byte> into) => Copy(value ? "true"u8 : "false"u8, into);
    }

    /// <summary>Dates and times, as ISO 8601 writes them.</summary>
    private sealed class TimeColumn<T>(DataField field, string format) : ValueColumn<T>(field)
        where T : struct, IUtf8SpanFormattable
    {
        protected override void WriteValue(T value, IBufferWriter<byte> into)
        {
            Span<byte> text = stackalloc byte[48];
            value.TryFormat(text, out int written, format, CultureInfo.InvariantCulture);
            JsonText.Write(into, text[..written]);
        }
    }

    private sealed class TextColumn(DataField field) : ValueColumn<ReadOnlyMemory<char>>(field)
    {
        private byte[] _utf8 = new byte[256];

        protected override void WriteValue(ReadOnlyMemory<char> value, IBufferWriter<byte> into)
        {
            int longest = Encoding.UTF8.GetMaxByteCount(value.Length);
            if (_utf8.Length < longest) _utf8 = new byte[longest];
            JsonText.Write(into, _utf8.AsSpan(0, Encoding.UTF8.GetBytes(value.Span, _utf8)));
        }
    }
}
