using System.Buffers;

namespace StreamInference.Simulation;

/// <summary>Makes a bad record out of a good one.</summary>
internal static class RecordSpoiler
{
    private static ReadOnlySpan<byte> AmountName => "\"amount\":"u8;

    /// <param name="kind">How; not <see cref="BadRecordKind.None"/>.</param>
    /// <param name="good">A transaction's record.</param>
    /// <param name="hugeBytes">Length of a huge value.</param>
    /// <param name="output">Receives the bad value; nothing for empty and null values.</param>
    public static void Write(BadRecordKind kind, ReadOnlySpan<byte> good, int hugeBytes, IBufferWriter<byte> output)
    {
        switch (kind)
        {
            case BadRecordKind.MalformedJson: WriteWithout(good.LastIndexOf((byte)','), 1, good, output); break;
            case BadRecordKind.TruncatedJson: output.Write(good[..(good.Length / 2)]); break;
            case BadRecordKind.WrongType: WriteAmount("\"twelve\""u8, good, output); break;
            case BadRecordKind.NestedValue: WriteAmount("{\"value\":12.5}"u8, good, output); break;
            case BadRecordKind.MissingField: WriteWithoutAmount(good, output); break;
            case BadRecordKind.NullField: WriteAmount("null"u8, good, output); break;
            case BadRecordKind.NotANumber: WriteAmount("NaN"u8, good, output); break;
            case BadRecordKind.OutOfRange: WriteAmount("1e999"u8, good, output); break;
            case BadRecordKind.NotAnObject: output.Write("[1,2,3]"u8); break;
            case BadRecordKind.InvalidUtf8: WriteInvalidUtf8(good, output); break;
            case BadRecordKind.Huge: WriteHuge(good, hugeBytes, output); break;
            case BadRecordKind.Empty or BadRecordKind.NullValue: break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of bad record.");
        }
    }

    private static void WriteWithout(int start, int length, ReadOnlySpan<byte> good, IBufferWriter<byte> output)
    {
        output.Write(good[..start]);
        output.Write(good[(start + length)..]);
    }

    private static void WriteAmount(ReadOnlySpan<byte> replacement, ReadOnlySpan<byte> good, IBufferWriter<byte> output)
    {
        int value = good.IndexOf(AmountName) + AmountName.Length;
        output.Write(good[..value]);
        output.Write(replacement);
        output.Write(good[(value + good[value..].IndexOf((byte)','))..]);
    }

    private static void WriteWithoutAmount(ReadOnlySpan<byte> good, IBufferWriter<byte> output)
    {
        int name = good.IndexOf(AmountName);
        WriteWithout(name, good[name..].IndexOf((byte)',') + 1, good, output);
    }

    /// <summary>A continuation byte without a lead in the transaction's id, which results repeat.</summary>
    private static void WriteInvalidUtf8(ReadOnlySpan<byte> good, IBufferWriter<byte> output)
    {
        int text = "{\"transaction_id\":\""u8.Length;
        output.Write(good[..text]);
        output.Write<byte>([0xBF]);
        output.Write(good[(text + 1)..]);
    }

    private static void WriteHuge(ReadOnlySpan<byte> good, int bytes, IBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> opening = "{\"padding\":\""u8;
        int name = good.IndexOf(AmountName);
        int afterAmount = name + good[name..].IndexOf((byte)',') + 1;
        int padding = Math.Max(0, bytes - opening.Length - 2 - (good.Length - 1 - (afterAmount - name)));
        output.Write(opening);
        output.GetSpan(padding)[..padding].Fill((byte)'x');
        output.Advance(padding);
        output.Write("\","u8);
        output.Write(good[1..name]);
        output.Write(good[afterAmount..]);
    }
}
