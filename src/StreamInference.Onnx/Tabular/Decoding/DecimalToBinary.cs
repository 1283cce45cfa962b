using System.Numerics;
using System.Runtime.CompilerServices;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// Correctly rounded doubles from decimal digits: W. Clinger's exact case where digits and power of ten are exact doubles, else the algorithm
/// of M. Eisel and D. Lemire ("Number parsing at a gigabyte per second", 2021) over the powers that records hold.
/// </summary>
internal static class DecimalToBinary
{
    private const int LeastPower = -64;
    private const int GreatestPower = 64;
    private const int MantissaBits = 52;

    private static readonly double[] ExactPowers =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    // 128 significant bits of each power of five, high half first.
    private static readonly ulong[] PowersOfFive = MakePowersOfFive();

    /// <summary>Gives <paramref name="mantissa"/> × 10^<paramref name="exponent"/>, rounded to nearest, ties to even.</summary>
    /// <returns>False for numbers that need more care: far powers, subnormal results, doubtful last bits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryConvert(ulong mantissa, int exponent, out double value)
    {
        if (mantissa <= 1UL << 53 && (uint)(exponent + 22) <= 44)
        {
            value = exponent < 0 ? mantissa / ExactPowers[-exponent] : mantissa * ExactPowers[exponent];
            return true;
        }

        if (mantissa == 0)
        {
            value = 0;
            return true;
        }

        return TryEiselLemire(mantissa, exponent, out value);
    }

    private static bool TryEiselLemire(ulong mantissa, int power, out double value)
    {
        value = 0;
        if (power is < LeastPower or > GreatestPower) return false;
        int zeros = BitOperations.LeadingZeroCount(mantissa);
        (ulong high, ulong low) = Multiply(mantissa << zeros, (power - LeastPower) * 2);
        if (low == ulong.MaxValue && power is < -27 or > 55) return false;
        int upper = (int)(high >> 63);
        int shift = upper + 64 - MantissaBits - 3;
        ulong bits = high >> shift;
        int binary = (((152170 + 65536) * power) >> 16) + 63 + upper - zeros + 1023;
        if (binary is <= 0 or >= 0x7FE) return false;
        // Exactly half-way: to even.
        if (low <= 1 && power is >= -4 and <= 23 && (bits & 3) == 1 && bits << shift == high) bits &= ~1UL;
        bits = (bits + (bits & 1)) >> 1;
        if (bits >= 2UL << MantissaBits)
        {
            bits = 1UL << MantissaBits;
            binary++;
        }

        value = BitConverter.UInt64BitsToDouble((bits & ~(1UL << MantissaBits)) | ((ulong)binary << MantissaBits));
        return true;
    }

    private static (ulong High, ulong Low) Multiply(ulong mantissa, int index)
    {
        const ulong Precision = ulong.MaxValue >> (MantissaBits + 3);
        ulong high = Math.BigMul(mantissa, PowersOfFive[index], out ulong low);
        if ((high & Precision) != Precision) return (high, low);
        ulong more = Math.BigMul(mantissa, PowersOfFive[index + 1], out _);
        low += more;
        if (more > low) high++;
        return (high, low);
    }

    private static ulong[] MakePowersOfFive()
    {
        ulong[] powers = new ulong[(GreatestPower - LeastPower + 1) * 2];
        for (int power = LeastPower; power <= GreatestPower; power++)
        {
            BigInteger bits = power < 0 ? Reciprocal(-power) : BigInteger.Pow(5, power);
            int excess = (int)bits.GetBitLength() - 128;
            bits = excess > 0 ? bits >> excess : bits << -excess;
            int index = (power - LeastPower) * 2;
            powers[index] = (ulong)(bits >> 64);
            powers[index + 1] = (ulong)(bits & ulong.MaxValue);
        }

        return powers;
    }

    // Rounded up, so that the product is never too small.
    private static BigInteger Reciprocal(int power)
    {
        BigInteger divisor = BigInteger.Pow(5, power);
        int bits = (int)(divisor - 1).GetBitLength();
        int scale = power <= 27 ? bits + 127 : (2 * bits) + 128;
        return ((BigInteger.One << scale) / divisor) + 1;
    }
}
