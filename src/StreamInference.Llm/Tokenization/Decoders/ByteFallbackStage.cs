using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace StreamInference.Llm.Tokenization.Decoders;

/// <summary>
/// <c>ByteFallback</c>: tokens like <c>&lt;0xE2&gt;</c> are bytes of UTF-8. As a whole, a run of them that is not valid becomes one U+FFFD for
/// each byte. While streaming, each character is handed on as soon as it is complete and only bytes that cannot become one are replaced.
/// </summary>
internal sealed class ByteFallbackStage(bool streaming) : DecoderStage
{
    private const string Replacement = "\uFFFD";
    private readonly PendingBytes _run = new();

    public override void Push(ReadOnlySpan<char> token)
    {
        if (TryParse(token, out byte value))
        {
            _run.Add(value);
            if (streaming)
                EmitComplete();
            return;
        }

        EndRun();
        Next.Push(token);
    }

    public override void Flush()
    {
        EndRun();
        Next.Flush();
    }

    public override void Save(BinaryWriter state) => _run.Save(state);

    public override void Restore(BinaryReader state) => _run.Restore(state);

    private static bool TryParse(ReadOnlySpan<char> token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.Slice(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private void EmitComplete()
    {
        Span<char> chars = stackalloc char[2];
        while (_run.Count > 0)
        {
            var status = Rune.DecodeFromUtf8(_run.Span, out var rune, out int length);
            if (status == OperationStatus.NeedMoreData)
                break;
            if (status == OperationStatus.Done)
                Next.Push(chars[..rune.EncodeToUtf16(chars)]);
            else
                PushReplacements(length);
            _run.RemoveFirst(length);
        }
    }

    private void EndRun()
    {
        if (_run.Count == 0)
            return;
        if (Utf8.IsValid(_run.Span))
            Next.Push(Encoding.UTF8.GetString(_run.Span));
        else
            PushReplacements(_run.Count);
        _run.Truncate(0);
    }

    private void PushReplacements(int count)
    {
        for (int i = 0; i < count; i++)
            Next.Push(Replacement);
    }
}
