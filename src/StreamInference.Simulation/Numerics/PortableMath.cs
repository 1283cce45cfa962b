namespace StreamInference.Simulation;

/// <summary>
/// Logarithm and exponential from additions, multiplications and divisions alone. <see cref="Math.Log(double)"/> and
/// <see cref="Math.Exp"/> call the C library of the machine, whose last bits differ between platforms; IEEE arithmetic does not.
/// </summary>
internal static class PortableMath
{
    private const double Ln2 = 0.693147180559945309417;
    private const double Sqrt2 = 1.41421356237309504880;
    private const long MantissaMask = 0xFFFFFFFFFFFFF;
    private const int ExponentBias = 1023;

    /// <summary>Natural logarithm of a positive normal number; relative error below 1e-13.</summary>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - ExponentBias;
        double mantissa = BitConverter.Int64BitsToDouble((bits & MantissaMask) | ((long)ExponentBias << 52));
        if (mantissa > Sqrt2)
        {
            mantissa *= 0.5;
            exponent++;
        }

        // ln m = 2 artanh((m-1)/(m+1)); |s| <= 0.172, so the ninth odd term is below 1e-14.
        double s = (mantissa - 1) / (mantissa + 1);
        double q = s * s;
        double series = 1.0 / 17;
        for (int odd = 15; odd >= 1; odd -= 2) series = (series * q) + (1.0 / odd);
        return (exponent * Ln2) + (2 * s * series);
    }

    /// <summary>e to the power of <paramref name="x"/>, for |x| below 700; relative error below 1e-13.</summary>
    public static double Exp(double x)
    {
        double k = Math.Floor((x / Ln2) + 0.5);
        double r = x - (k * Ln2);
        double series = 1;
        for (int n = 12; n >= 1; n--) series = 1 + (series * r / n);
        return series * BitConverter.Int64BitsToDouble(((long)k + ExponentBias) << 52);
    }
}
