namespace StreamInference.Llm.Sampling;

/// <summary>
/// Philox4x32-10 (Salmon et al., SC'11): a draw is a function of seed, choice and token index, so a resumed or preempted request draws what it
/// would have drawn and no state is kept.
/// </summary>
internal static class CounterRandom
{
    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    public static double Uniform(ulong seed, int choice, int tokenIndex)
    {
        uint c0 = (uint)tokenIndex, c1 = (uint)choice, c2 = 0, c3 = 0;
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong a = (ulong)c0 * 0xD2511F53u, b = (ulong)c2 * 0xCD9E8D57u;
            (c0, c1, c2, c3) = ((uint)(b >> 32) ^ c1 ^ k0, (uint)b, (uint)(a >> 32) ^ c3 ^ k1, (uint)a);
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        return ((((ulong)c0 << 32) | c1) >> 11) * (1.0 / (1UL << 53));
    }
}
