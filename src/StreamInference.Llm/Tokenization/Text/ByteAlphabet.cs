using System.Text;

namespace StreamInference.Llm.Tokenization.Text;

/// <summary>GPT-2's printable alphabet for bytes: each byte is one character, so that a vocabulary of bytes can be written as text.</summary>
internal static class ByteAlphabet
{
    private const int HighestChar = 0x144;
    private static readonly char[] ToCharTable = new char[256];
    private static readonly short[] ToByteTable = new short[HighestChar];

    static ByteAlphabet()
    {
        Array.Fill(ToByteTable, (short)-1);
        int shifted = 256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
            char mapped = printable ? (char)value : (char)shifted++;
            ToCharTable[value] = mapped;
            ToByteTable[mapped] = (short)value;
        }
    }

    public static char ToChar(byte value) => ToCharTable[value];

    public static bool TryToByte(char mapped, out byte value)
    {
        short found = mapped < HighestChar ? ToByteTable[mapped] : (short)-1;
        value = (byte)found;
        return found >= 0;
    }

    /// <summary>Appends the bytes that a token stands for: mapped back when every character is of the alphabet, its UTF-8 otherwise.</summary>
    /// <returns>The number of bytes written; <paramref name="output"/> needs three for each character.</returns>
    public static int GetBytes(ReadOnlySpan<char> token, Span<byte> output)
    {
        for (int i = 0; i < token.Length; i++)
        {
            if (!TryToByte(token[i], out output[i]))
                return Encoding.UTF8.GetBytes(token, output);
        }

        return token.Length;
    }
}
