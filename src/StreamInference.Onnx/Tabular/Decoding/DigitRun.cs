using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace StreamInference.Onnx.Tabular;

/// <summary>Reads up to 16 decimal digits at once (W. Muła's SSE conversion: pairs, fours, eights by multiply-and-add).</summary>
internal static unsafe class DigitRun
{
    /// <summary>The most digits that <see cref="Read"/> takes, and the bytes that must be readable at its start.</summary>
    internal const int Longest = 16;

    /// <summary>Ten to the power of 0 to 16.</summary>
    internal static readonly ulong[] Powers = [.. Enumerable.Range(0, Longest + 1).Select(power => (ulong)BigInteger.Pow(10, power))];

    // Moves the first n bytes to the end; the places before them become zero.
    private static readonly byte[] Alignment = MakeAlignment();

    internal static bool IsSupported => Sse41.IsSupported;

    /// <summary>Reads the digits that begin at <paramref name="text"/>.</summary>
    /// <returns>How many digits there are, at most <see cref="Longest"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Read(byte* text, out ulong value)
    {
        Vector128<byte> digits = Vector128.Load(text) - Vector128.Create((byte)'0');
        uint others = Vector128.GreaterThan(digits, Vector128.Create((byte)9)).ExtractMostSignificantBits();
        int count = BitOperations.TrailingZeroCount(others | (1u << Longest));
        ref byte alignment = ref MemoryMarshal.GetArrayDataReference(Alignment);
        Vector128<byte> aligned = Ssse3.Shuffle(digits, Vector128.LoadUnsafe(ref alignment, (nuint)(count * Longest)));
        Vector128<short> pairs = Ssse3.MultiplyAddAdjacent(aligned, Vector128.Create((ushort)0x010A).AsSByte());
        Vector128<int> fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(0x00010064).AsInt16());
        Vector128<ushort> packed = Sse41.PackUnsignedSaturate(fours, fours);
        ulong eights = Sse2.MultiplyAddAdjacent(packed.AsInt16(), Vector128.Create(0x00012710).AsInt16()).AsUInt64().ToScalar();
        value = ((uint)eights * 100_000_000UL) + (eights >> 32);
        return count;
    }

    private static byte[] MakeAlignment()
    {
        byte[] table = new byte[(Longest + 1) * Longest];
        for (int count = 0; count <= Longest; count++)
        {
            for (int place = 0; place < Longest; place++)
            {
                int from = place - (Longest - count);
                table[(count * Longest) + place] = from < 0 ? (byte)0x80 : (byte)from;
            }
        }

        return table;
    }
}
