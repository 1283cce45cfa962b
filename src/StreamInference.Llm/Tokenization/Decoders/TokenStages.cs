using System.Text.RegularExpressions;

namespace StreamInference.Llm.Tokenization.Decoders;

/// <summary><c>Replace</c> with a plain string, in each token.</summary>
internal sealed class ReplaceStage(string pattern, string content) : DecoderStage
{
    public override void Push(ReadOnlySpan<char> token)
    {
        if (token.Contains(pattern, StringComparison.Ordinal))
            Next.Push(token.ToString().Replace(pattern, content, StringComparison.Ordinal));
        else
            Next.Push(token);
    }
}

/// <summary><c>Replace</c> with a regular expression, in each token.</summary>
internal sealed class RegexReplaceStage(Regex pattern, string content) : DecoderStage
{
    public override void Push(ReadOnlySpan<char> token) => Next.Push(pattern.Replace(token.ToString(), _ => content));
}

/// <summary><c>Strip</c>: drops up to so many of one character at the ends of each token, or of the whole text once it is fused.</summary>
internal sealed class StripStage(char content, int start, int stop) : DecoderStage
{
    public override void Push(ReadOnlySpan<char> token)
    {
        int from = 0;
        while (from < start && from < token.Length && token[from] == content)
            from++;
        int to = token.Length;
        while (token.Length - to < stop && to > from && token[to - 1] == content)
            to--;
        Next.Push(token[from..to]);
    }
}

/// <summary><c>Strip</c> over fused text: the start is dropped as it comes, what may be the end is held back.</summary>
internal sealed class FusedStripStage(char content, int start, int stop) : DecoderStage
{
    private int _dropped;
    private int _held;

    public override void Push(ReadOnlySpan<char> token)
    {
        while (_dropped < start && token.Length > 0)
        {
            if (token[0] != content)
            {
                _dropped = start;
                break;
            }

            token = token[1..];
            _dropped++;
        }

        if (token.IsEmpty)
            return;
        var body = token.TrimEnd(content);
        int tail = token.Length - body.Length;
        if (!body.IsEmpty)
        {
            Release(_held);
            Next.Push(body);
        }

        _held += tail;
        Release(_held - stop);
    }

    public override void Save(BinaryWriter state)
    {
        state.Write7BitEncodedInt(_dropped);
        state.Write7BitEncodedInt(_held);
    }

    public override void Restore(BinaryReader state)
    {
        _dropped = state.Read7BitEncodedInt();
        _held = state.Read7BitEncodedInt();
        if (_dropped < 0 || _dropped > start || _held < 0 || _held > stop)
            throw new InvalidDataException("The detokenizer state is of another tokenizer.");
    }

    private void Release(int count)
    {
        for (; count > 0; count--, _held--)
            Next.Push([content]);
    }
}

/// <summary>Collects the whole text, for a stage after fusing that cannot work on parts: nothing streams through it.</summary>
internal sealed class HoldStage : DecoderStage
{
    private readonly System.Text.StringBuilder _text = new();

    public override void Push(ReadOnlySpan<char> token) => _text.Append(token);

    public override void Flush()
    {
        Next.Push(_text.ToString());
        _text.Clear();
        Next.Flush();
    }

    public override void Save(BinaryWriter state) => state.Write(_text.ToString());

    public override void Restore(BinaryReader state) => _text.Clear().Append(state.ReadString());
}
