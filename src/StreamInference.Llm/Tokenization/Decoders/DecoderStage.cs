using System.Text;

namespace StreamInference.Llm.Tokenization.Decoders;

/// <summary>
/// One step from tokens to text. Steps form a chain; each takes tokens in order and hands text on as soon as it is certain.
/// A chain belongs to one text at a time.
/// </summary>
internal abstract class DecoderStage
{
    private DecoderStage? _next;

    protected DecoderStage Next => _next ?? throw new InvalidOperationException("The last stage hands nothing on.");

    public abstract void Push(ReadOnlySpan<char> token);

    /// <summary>The text ends: hands on what was held back.</summary>
    public virtual void Flush() => Next.Flush();

    public virtual void Save(BinaryWriter state)
    {
    }

    public virtual void Restore(BinaryReader state)
    {
    }

    public void ContinueWith(DecoderStage next) => _next = next;
}

/// <summary>The end of a chain: collects the text.</summary>
internal sealed class TextCollector : DecoderStage
{
    private readonly StringBuilder _text = new();

    public override void Push(ReadOnlySpan<char> token) => _text.Append(token);

    public override void Flush()
    {
    }

    /// <summary>Takes the text collected since the last call.</summary>
    public string Take()
    {
        if (_text.Length == 0)
            return "";
        string text = _text.ToString();
        _text.Clear();
        return text;
    }
}
