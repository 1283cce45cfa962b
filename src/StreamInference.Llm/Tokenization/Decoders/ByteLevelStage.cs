using System.Text.Unicode;
using StreamInference.Llm.Tokenization.Text;

namespace StreamInference.Llm.Tokenization.Decoders;

/// <summary><c>ByteLevel</c>: the bytes of all tokens are one UTF-8 text; what is not UTF-8 becomes U+FFFD. Fuses.</summary>
internal sealed class ByteLevelStage : DecoderStage
{
    private readonly PendingBytes _pending = new();

    public override void Push(ReadOnlySpan<char> token)
    {
        int before = _pending.Count;
        int written = ByteAlphabet.GetBytes(token, _pending.Reserve(token.Length * 3));
        _pending.Truncate(before + written);
        Emit(isEnd: false);
    }

    public override void Flush()
    {
        Emit(isEnd: true);
        Next.Flush();
    }

    public override void Save(BinaryWriter state) => _pending.Save(state);

    public override void Restore(BinaryReader state) => _pending.Restore(state);

    private void Emit(bool isEnd)
    {
        Span<char> chars = stackalloc char[128];
        while (_pending.Count > 0)
        {
            Utf8.ToUtf16(_pending.Span, chars, out int read, out int written, replaceInvalidSequences: true, isFinalBlock: isEnd);
            if (read == 0)
                break;
            _pending.RemoveFirst(read);
            Next.Push(chars[..written]);
        }
    }
}
